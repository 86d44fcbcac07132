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
        let hello = request(.hello, ["client": "seismo", "protocol": .string(Inspection.version)]) { $0.met($1) }
        let watch = request(.watchSessions, windowQuery.json) {
            $0.list.filterError = $1.message
            return []
        } answered: {
            $0.show(SessionsPage(json: $1), of: $0.windowQuery)
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
        request(.stats, [:], about: .stats, refused: Self.ignore) {
            $0.stats = RuntimeStats(json: $1)
            $0.setClock($1)
            return []
        }
    }

    private mutating func met(_ json: JSON) -> [Effect] {
        hello = Hello(json: json)
        setClock(json)
        checkVersion(json)
        if hello == nil, link.problem == nil { link.problem = Self.unreadable("what it is") }
        return findWanted()
    }

    mutating func show(_ page: SessionsPage?, of query: SessionsQuery) -> [Effect] {
        guard let page else {
            list.filterError = Self.unreadable("the list of sessions")
            return []
        }
        list.filterError = nil
        list.watch = page.watch
        list.filterShown = query.filter ?? ""
        let wasListed = isDetailListed
        // Nobody's hand is in the list any more when a message is being written.
        let canSelect = list.isChoosing && focus == .sessions
        list.isChoosing = false
        list.show(page, from: query.offset, height: layout.listHeight, canSelect: canSelect)
        if wantedSession != nil { list.selected = nil }
        return attachSelected() + followDetail(wasListed: wasListed) + viewWindowIfNeeded() + releaseKeys()
    }

    private static func unreadable(_ what: String) -> String {
        "The runtime's answer with \(what) cannot be read; it may speak another version of the protocol."
    }

    private mutating func checkVersion(_ json: JSON) {
        guard let theirs = json["protocol"].map({ $0.string ?? $0.text }), !theirs.isExactly(Inspection.version) else {
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

    mutating func attached(_ key: SessionKey, _ after: Int?, _ json: JSON) -> [Effect] {
        guard let attachment = json["attachment"]?.string, let head = json["head"].flatMap(SessionHead.init(json:))
        else {
            if detail?.key == key, detail?.isLoaded == false { detail?.problem = Self.unreadable("the session") }
            return []
        }
        guard detail?.key == key else {
            return [close(.detach, ["attachment": .string(attachment)])] + attachEffects(after: nil)
        }
        detail?.attachment = attachment
        let isSame =
            after != nil && detail?.summary?.created == head.summary.created && head.seq >= detail?.fold.seq ?? 0
        if isSame { detail?.summary = head.summary } else { detail?.show(head) }
        detail?.noteCuts(in: json["head"]?["messages"]?.array ?? [])
        let lists = actions.tabs.flatMap { $0.attached(&self) } + loadTab()
        guard !isSame, head.seq > 0 else { return lists }
        detail?.forgetEvents()
        return lists + [history(before: head.seq + 1, of: key)]
    }

    /// Closes something that is open on the connection.
    mutating func close(_ method: Method, _ params: JSON) -> Effect {
        request(method, params, refused: Self.ignore, answered: Self.ignore)
    }

    mutating func created(_ json: JSON) -> [Effect] {
        guard let agent = json["agent"]?.string, let session = json["session"]?.string else { return [] }
        notices.say(.done, "Made the session \(session).", at: now)
        list.selected = SessionKey(agent: agent, session: session)
        return attachSelected()
    }

    // MARK: Notifications

    private mutating func notified(_ method: String, _ params: JSON) -> [Effect] {
        link.hasNews = true
        let notification = InspectionNotification(rawValue: method)
        if let notification { actions.tabs.forEach { $0.take(notification, params, &self) } }
        switch notification {
        case .sessionsChanged:
            // While a filter is being answered these are still the rows of the one before.
            guard !list.isChoosing, let page = SessionsPage(json: params), page.watch == list.watch else { return [] }
            let wasListed = isDetailListed
            list.show(page, from: list.offset, height: layout.listHeight)
            if wantedSession != nil { list.selected = nil }
            return attachSelected() + followDetail(wasListed: wasListed) + viewWindowIfNeeded()
        case .sessionEvent:
            guard detail?.attachment != nil, params["attachment"]?.string == detail?.attachment,
                let event = params["event"].flatMap(SessionEvent.init(json:))
            else { return [] }
            detail?.apply(event)
            detail?.noteCuts(in: [params["event"]?["message"]].compactMap(\.self))
            let isChanged = detail.map { type(of: $0.tabs[$0.tab]).mustLoad(after: event) } ?? false
            return (isChanged ? loadTab() : []) + (detail?.past == nil ? [] : askForEvents())
        case .turnDelta:
            guard params["attachment"]?.string == detail?.attachment, let turn = params["turn"]?.string else {
                return []
            }
            detail?.liveText = LiveText(turn: turn, text: params["text"]?.string ?? "")
        case .sessionBusy:
            if params["attachment"]?.string == detail?.attachment { detail?.doing = params["doing"]?.string }
        case .exportChunk: return tookPiece(params)
        case .exportEnd: return exportEnded(params)
        case .hooksChanged, .stats, nil: break
        }
        return []
    }
}
