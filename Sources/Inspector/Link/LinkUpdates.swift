internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// What the link brings: that it came up or went down, answers, notifications.
enum LinkUpdates {
    static func update(_ event: LinkEvent, _ model: inout InspectorModel) -> [Effect] {
        switch event {
        case .up: return cameUp(&model)
        case .down(let reason, let since, let retryAt):
            wentDown(reason, since, retryAt, &model)
            return []
        case .connecting:
            if case .down = model.link.state { model.link.state = .connecting }
            return []
        case .answer(let id, let result, let roundTrip):
            if case .success = result, model.requests.pending[id] != nil { model.link.roundTrip = roundTrip }
            return model.answer(id, result.map(LongNames.cut))
        case .notification(let method, let params): return notified(method, LongNames.cut(params), &model)
        }
    }

    private static func cameUp(_ model: inout InspectorModel) -> [Effect] {
        model.link.state = .up
        model.link.since = model.now
        model.requests.pending = [:]
        model.list.watch = ListWatch()
        HeldKeys.drop(&model)
        let hello = model.request(Methods.hello, .current) { met($1, &$0) }
        let watch = model.request(Methods.watchSessions, ListWindow.query(model)) {
            $0.list.filter.error = $1.message
            return []
        } answered: {
            ListWindow.show($1, of: ListWindow.query($0), &$0)
        }
        let found = if case .found? = model.overlay { Finding.open(&model) } else { [] as [Effect] }
        return [hello, loadStats(&model), watch] + found
            + Attaching.attach(after: model.detail?.isLoaded == true ? model.detail?.fold.seq : nil, &model)
    }

    private static func wentDown(_ reason: String, _ since: Int64, _ retryAt: Int64, _ model: inout InspectorModel) {
        if model.link.isUp { model.link.since = since }
        model.link.state = .down(reason: reason, retryAt: retryAt)
        if let bulk = model.work.bulk {
            model.notices.say(
                .failed,
                "\(bulk.title): the link was lost after \(bulk.done) of \(bulk.total).",
                at: model.now
            )
        }
        model.work.bulk = nil
        Rerunning.end(&model)
        model.detail?.attachment.name = nil
        model.detail?.tabs.forEach { $0.linkWentDown() }
        model.detail?.liveText = nil
        model.detail?.doing = nil
        model.detail?.known.forgetUnanswered()
    }

    static func loadStats(_ model: inout InspectorModel) -> Effect {
        model.request(Methods.stats, StatsParams(), about: .stats, refused: InspectorModel.ignore) {
            $0.link.stats = $1.stats
            $0.setClock($1.now)
            return []
        }
    }

    private static func met(_ result: HelloResult, _ model: inout InspectorModel) -> [Effect] {
        model.link.hello = result.hello
        model.setClock(result.now)
        checkVersion(result.version, &model)
        if model.link.hello == nil, model.link.problem == nil {
            model.link.problem = RPCError.unreadable(Methods.hello.name).message
        }
        return WantedSession.find(&model)
    }

    private static func checkVersion(_ version: String?, _ model: inout InspectorModel) {
        guard let theirs = version, !theirs.isExactly(Inspection.version) else {
            return model.link.problem = nil
        }
        model.link.problem =
            "The runtime speaks version \(theirs.prefix(bytes: 20)) of the inspection protocol; this seismo speaks version \(Inspection.version)."
        model.notices.say(.failed, model.link.problem ?? "", at: model.now)
    }

    // MARK: Notifications

    private static func notified(_ method: String, _ params: JSON, _ model: inout InspectorModel) -> [Effect] {
        model.link.hasNews = true
        let notification = InspectionNotification(rawValue: method)
        if let notification { model.actions.tabs.forEach { $0.take(notification, params, &model) } }
        switch notification {
        case .sessionsChanged:
            // Until the new filter is answered, these rows belong to the previous one.
            guard !model.list.filter.isChoosing, let page = SessionsPage(json: params),
                page.watch == model.list.watch.id
            else { return [] }
            let wasListed = Attaching.isListed(model)
            model.list.show(page, from: model.list.offset, height: model.layout.listHeight)
            if model.setup.session != nil { model.list.selected = nil }
            return Attaching.attachSelected(&model) + Attaching.follow(wasListed: wasListed, &model)
                + ListWindow.viewIfNeeded(&model)
        case .sessionEvent:
            guard model.detail?.attachment.name != nil, let told = EventTold(json: params),
                told.attachment == model.detail?.attachment.name,
                let event = SessionEvent(json: told.document)
            else { return [] }
            model.detail?.apply(event)
            model.detail?.noteCuts(in: [told.document["message"]].compactMap(\.self))
            let isChanged = model.detail.map { type(of: $0.tabs[$0.tab]).mustLoad(after: event) } ?? false
            return (isChanged ? DetailKeys.load(&model) : [])
                + (model.detail?.past == nil ? [] : TimeTravel.askForEvents(&model))
        case .turnDelta:
            guard let delta = TurnDelta(json: params), delta.attachment == model.detail?.attachment.name else {
                return []
            }
            model.detail?.liveText = LiveText(turn: delta.turn, text: delta.text)
        case .sessionBusy:
            guard let busy = SessionBusy(json: params), busy.attachment == model.detail?.attachment.name else {
                return []
            }
            model.detail?.doing = busy.doing
        case .exportChunk: return ExportChunk(json: params).map { Transfers.tookPiece($0, &model) } ?? []
        case .exportEnd: return ExportEnd(json: params).map { Transfers.exportEnded($0, &model) } ?? []
        case .rerunStep: return RerunStepNotice(json: params).map { Rerunning.took($0, &model) } ?? []
        case .rerunEnd: return RerunEnd(json: params).map { Rerunning.ended($0, &model) } ?? []
        case .hooksChanged, .stats, nil: break
        }
        return []
    }
}
