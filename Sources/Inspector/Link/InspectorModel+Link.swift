internal import DequeModule
internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    mutating func update(_ event: LinkEvent) -> [Effect] {
        switch event {
        case .up: return linkCameUp()
        case .down(let reason, let since, let retryAt):
            linkWentDown(reason, since, retryAt)
            return []
        case .connecting:
            if case .down = link.state { link.state = .connecting }
            return []
        case .answer(let id, let result, let roundTrip):
            if case .success = result, pending[id] != nil { link.roundTrip = roundTrip }
            return answer(id, result.map(LongNames.cut))
        case .notification(let method, let params): return notified(method, LongNames.cut(params))
        }
    }

    private mutating func linkCameUp() -> [Effect] {
        link.state = .up
        link.since = now
        pending = [:]
        list.watch = nil
        list.asksAgain = false
        dropHeldKeys()
        let hello = request(Methods.hello, .current) { $0.met($1) }
        let watch = request(Methods.watchSessions, windowQuery) {
            $0.list.filterError = $1.message
            return []
        } answered: {
            $0.show($1, of: $0.windowQuery)
        }
        return [hello, loadStats(), watch]
            + attachEffects(after: detail?.isLoaded == true ? detail?.fold.seq : nil)
    }

    private mutating func linkWentDown(_ reason: String, _ since: Int64, _ retryAt: Int64) {
        if link.isUp { link.since = since }
        link.state = .down(reason: reason, retryAt: retryAt)
        if let bulk {
            notices.say(.failed, "\(bulk.title): the link was lost after \(bulk.done) of \(bulk.total).", at: now)
        }
        bulk = nil
        detail?.attachment = nil
        detail?.tabs.forEach { $0.linkWentDown() }
        detail?.liveText = nil
        detail?.doing = nil
        detail?.forgetUnanswered()
    }

    mutating func loadStats() -> Effect {
        request(Methods.stats, StatsParams(), about: .stats, refused: Self.ignore) {
            $0.stats = $1.stats
            $0.setClock($1.now)
            return []
        }
    }

    private mutating func met(_ result: HelloResult) -> [Effect] {
        hello = result.hello
        setClock(result.now)
        checkVersion(result.version)
        if hello == nil, link.problem == nil { link.problem = RPCError.unreadable(Methods.hello.name).message }
        return findWanted()
    }

    mutating func show(_ page: SessionsPage, of query: SessionsQuery) -> [Effect] {
        list.filterError = nil
        list.watch = page.watch
        list.filterShown = query.filter ?? ""
        let wasListed = isDetailListed
        // While the focus is outside the list, for example in the composer, the selection must not move.
        let canSelect = list.isChoosing && focus == .sessions
        list.isChoosing = false
        list.show(page, from: query.offset, height: layout.listHeight, canSelect: canSelect)
        if wantedSession != nil { list.selected = nil }
        return attachSelected() + followDetail(wasListed: wasListed) + viewWindowIfNeeded() + releaseKeys()
    }

    private mutating func checkVersion(_ version: String?) {
        guard let theirs = version, !theirs.isExactly(Inspection.version) else {
            return link.problem = nil
        }
        link.problem =
            "The runtime speaks version \(theirs.prefix(bytes: 20)) of the inspection protocol; this seismo speaks version \(Inspection.version)."
        notices.say(.failed, link.problem ?? "", at: now)
    }

    mutating func wentAway(_ key: SessionKey, _ error: RPCError) {
        guard detail?.key == key else { return }
        detail?.gone = error.description
        detail?.attachment = nil
        detail?.liveText = nil
        detail?.doing = nil
        notices.say(.failed, "\(key.session) is gone: \(error.description)", at: now)
    }

    mutating func attached(_ key: SessionKey, _ after: Int?, _ result: AttachResult) -> [Effect] {
        let attachment = result.attachment
        guard let head = SessionHead(json: result.head) else {
            if detail?.key == key, detail?.isLoaded == false {
                detail?.problem = RPCError.unreadable(Methods.attach.name).message
            }
            return []
        }
        guard detail?.key == key else {
            return [close(Methods.detach, AttachmentName(attachment))] + attachEffects(after: nil)
        }
        detail?.attachment = attachment
        let isSame =
            after != nil && detail?.summary?.created == head.summary.created && head.seq >= detail?.fold.seq ?? 0
        if isSame { detail?.summary = head.summary } else { detail?.show(head) }
        detail?.noteCuts(in: result.head["messages"]?.array ?? [])
        let lists = actions.tabs.flatMap { $0.attached(&self) } + loadTab()
        guard !isSame, head.seq > 0 else { return lists }
        detail?.forgetEvents()
        return lists + [history(before: head.seq + 1, of: key)]
    }

    mutating func created(_ result: SessionResult) -> [Effect] {
        notices.say(.done, "Created the session \(result.key.session).", at: now)
        list.selected = result.key
        return attachSelected()
    }

    // MARK: Notifications

    private mutating func notified(_ method: String, _ params: JSON) -> [Effect] {
        link.hasNews = true
        let notification = InspectionNotification(rawValue: method)
        if let notification { actions.tabs.forEach { $0.take(notification, params, &self) } }
        switch notification {
        case .sessionsChanged:
            // Until the new filter is answered, these rows belong to the previous one.
            guard !list.isChoosing, let page = SessionsPage(json: params), page.watch == list.watch else { return [] }
            let wasListed = isDetailListed
            list.show(page, from: list.offset, height: layout.listHeight)
            if wantedSession != nil { list.selected = nil }
            return attachSelected() + followDetail(wasListed: wasListed) + viewWindowIfNeeded()
        case .sessionEvent:
            guard detail?.attachment != nil, let told = EventTold(json: params), told.attachment == detail?.attachment,
                let event = SessionEvent(json: told.document)
            else { return [] }
            detail?.apply(event)
            detail?.noteCuts(in: [told.document["message"]].compactMap(\.self))
            let isChanged = detail.map { type(of: $0.tabs[$0.tab]).mustLoad(after: event) } ?? false
            return (isChanged ? loadTab() : []) + (detail?.past == nil ? [] : askForEvents())
        case .turnDelta:
            guard let delta = TurnDelta(json: params), delta.attachment == detail?.attachment else { return [] }
            detail?.liveText = LiveText(turn: delta.turn, text: delta.text)
        case .sessionBusy:
            guard let busy = SessionBusy(json: params), busy.attachment == detail?.attachment else { return [] }
            detail?.doing = busy.doing
        case .exportChunk: return ExportChunk(json: params).map { tookPiece($0) } ?? []
        case .exportEnd: return ExportEnd(json: params).map { exportEnded($0) } ?? []
        case .hooksChanged, .stats, nil: break
        }
        return []
    }
}
