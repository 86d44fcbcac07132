internal import Inspection
internal import SessionModel

extension InspectorModel {
    mutating func focusDetail() -> [Effect] {
        guard detail != nil else { return [] }
        focus = .detail
        return []
    }

    mutating func moveFocus(by step: Int) -> [Effect] {
        let panes = Focus.allCases.filter { pane in
            pane == .sessions || (detail != nil && (pane == .detail || (obstacleOfThePast ?? reasonNotToSend) == nil))
        }
        let place = panes.firstIndex(of: focus) ?? 0
        focus = panes[(place + step + panes.count) % panes.count]
        return []
    }

    mutating func show(_ tab: SessionDetail.Tab) -> [Effect] {
        lastTab = tab
        guard detail != nil else { return [] }
        detail?.tab = tab
        if focus == .sessions { focus = .detail }
        return tab == .snapshots ? loadSnapshots() : []
    }

    mutating func showTab(by step: Int) -> [Effect] {
        guard let tab = detail?.tab else { return [] }
        let all = SessionDetail.Tab.allCases
        return show(all[(tab.rawValue + step + all.count) % all.count])
    }

    mutating func moveInDetail(by rows: Int) -> [Effect] {
        guard var detail else { return [] }
        let height = layout.detailHeight
        switch detail.tab {
        case .context:
            detail.context = ContextLayout(detail.shown, width: layout.detailWidth, model: self).scrolled(
                by: rows,
                height: height
            )
            let moved = ContextLayout(detail.shown, width: layout.detailWidth, model: self)
            detail.cursor = moved.kept(detail.cursor, goingDown: rows > 0, height: height)
        case .state: detail.state.move(by: rows, in: detail.shown.fold.state, height: height)
        case .hooks where detail.hooks.opened != nil:
            let lines = ExchangeLines.lines(detail, width: layout.detailWidth, model: self).count
            detail.hooks.openedTop = min(max(0, detail.hooks.openedTop + rows), max(0, lines - height))
        case .hooks: detail.hooks.move(by: rows, height: height)
        case .jobs: detail.jobs.move(by: rows)
        case .trace:
            moveInTrace(by: rows)
            return []
        case .snapshots: detail.snapshots.move(by: rows, height: height)
        }
        self.detail = detail
        return []
    }

    /// To the next or the previous thing: in the context a message.
    mutating func stepInDetail(by step: Int) -> [Effect] {
        guard let detail, detail.tab == .context else { return moveInDetail(by: step) }
        let layout = ContextLayout(detail.shown, width: self.layout.detailWidth, model: self)
        let moved = layout.moved(detail.cursor, by: step, height: self.layout.detailHeight)
        self.detail?.cursor = moved.cursor
        self.detail?.context = moved.scroll
        return []
    }

    /// The message in the context that keys are about.
    var messageAtCursor: Message? {
        guard let detail = detail?.shown, detail.tab == .context else { return nil }
        let layout = ContextLayout(detail, width: self.layout.detailWidth, model: self)
        return layout.message(atCursor: detail.cursor, height: self.layout.detailHeight)
    }

    /// Whether the message that keys are about is shown with all that it holds.
    var isMessageUnfolded: Bool { messageAtCursor.map { detail?.unfolded.contains($0.id) == true } ?? false }

    /// Shows all that a message holds, or again its calls in a line each.
    private mutating func toggleMessage() {
        guard var detail, let message = messageAtCursor else { return }
        guard message.blocks.contains(where: { if case .text = $0 { false } else { true } }) else {
            notices.say(.done, "The message is shown whole; o opens it in a pager, i writes one.", at: now)
            return
        }
        // Its first line stays where it is.
        let height = layout.detailHeight
        let before = ContextLayout(detail.shown, width: layout.detailWidth, model: self)
        if detail.context == .following, let top = before.top(height: height) { detail.context = top }
        detail.cursor = message.id
        if detail.unfolded.remove(message.id) == nil { detail.unfolded.insert(message.id) }
        self.detail = detail
    }

    mutating func openInDetail() -> [Effect] {
        guard var detail else { return [] }
        switch detail.tab {
        case .state:
            let state = detail.shown.fold.state
            let path = detail.state.current(in: state)
            guard let value = try? state.value(at: path), value.isBranch else { return jumpToBlame() }
            detail.state.selected = path
            detail.state.toggle(in: state)
            self.detail = detail
        case .hooks:
            guard detail.hooks.opened == nil, let id = detail.hooks.selected else { return [] }
            return openExchange(id)
        case .trace: return openInTrace()
        case .snapshots: return compareSnapshot()
        case .context:
            if detail.cursor == nil, let trouble = troubleShown { return viewEvent(trouble.seq) }
            toggleMessage()
        case .jobs:
            guard let seq = detail.shown.jobs.current?.last.first?.seq else { return [] }
            return viewEvent(seq)
        }
        return []
    }

    mutating func openExchange(_ id: String) -> [Effect] {
        detail?.hooks.openedTop = 0
        return [
            request(.getHook, ["exchange": .string(id)], waiting: "Loading the exchange") { model, json in
                if let exchange = json["exchange"].flatMap(Exchange.init(json:)), exchange.id == id {
                    model.detail?.hooks.opened = exchange
                }
                return []
            }
        ]
    }

    /// Back from the past to the present, from an open exchange to the list of them, and from the session to the list of those.
    mutating func backFromDetail() -> [Effect] {
        if detail?.past != nil {
            return travelToPresent()
        } else if detail?.tab == .hooks, detail?.hooks.opened != nil {
            detail?.hooks.opened = nil
        } else {
            focus = .sessions
        }
        return []
    }
}

// MARK: What changes something

extension InspectorModel {
    func named(_ key: SessionKey, _ more: KeyValuePairs<String, JSON> = [:]) -> JSON {
        var object: JSON.Object = ["agent": .string(key.agent), "session": .string(key.session)]
        for (name, value) in more { object[name] = value }
        return .object(object)
    }

    /// Why no message can be sent to the session that is looked into; `nil` when one can.
    var reasonNotToSend: String? {
        if let action = ActionTable.action("turn.cancel"), let disabledReason = disabledReason(to: action) {
            return disabledReason
        }
        if let problem = detail?.gone ?? detail?.problem { return problem }
        return detail?.summary?.status == .ended ? "The session has ended." : nil
    }

    mutating func sendMessage() -> [Effect] {
        guard let key = detail?.key else { return [] }
        if let disabledReason = reasonNotToSend {
            notices.say(.refused, "Send: \(disabledReason)", at: now)
            return []
        }
        guard let text = composer.take(key) else { return [] }
        detail?.tab = .context
        detail?.context = .following
        detail?.cursor = nil
        return [
            request(.send, named(key, ["message": .string(text)]), waiting: "Sending") {
                $0.composer.giveBack(text, key)
                if $1.code == "session_not_found" { $0.wentAway(key, $1) }
                return $0.say($1)
            } answered: {
                Self.ignore(&$0, $1)
            }
        ]
    }

    mutating func replay(into target: String) -> [Effect] {
        guard let id = detail?.hooks.opened?.id ?? detail?.hooks.selected else { return [] }
        return replay(id, into: target)
    }

    private mutating func replay(_ id: String, into target: String) -> [Effect] {
        [
            request(.replayHook, ["exchange": .string(id), "into": .string(target)], waiting: "Replaying") {
                $0.replayed($1)
            }
        ]
    }

    mutating func askWhereToReplay() -> [Effect] {
        guard let id = detail?.hooks.opened?.id ?? detail?.hooks.selected else { return [] }
        overlay = .prompt(
            Overlay.Prompt(
                purpose: .replay(exchange: id),
                question: "Replay into which session? A new id creates the session."
            )
        )
        return []
    }

    mutating func runJob() -> [Effect] {
        guard let detail, let lane = detail.jobs.current else { return [] }
        let params = named(detail.key, ["job": .string(lane.job)])
        return [act(.runJob, params, waiting: "Starting \(lane.job)", done: "Started the job \(lane.job).")]
    }

    mutating func pauseJob() -> [Effect] {
        guard let detail, let lane = detail.jobs.current else { return [] }
        let (method, done) = lane.paused ? (Method.resumeJob, "Resumed") : (.pauseJob, "Paused")
        let params = named(detail.key, ["job": .string(lane.job)])
        let words = "\(done) the job \(lane.job) of \(detail.key.session)."
        return [act(method, params, waiting: "Changing \(lane.job)", done: words)]
    }

    mutating func refreshJobs() -> [Effect] {
        guard let key = detail?.key else { return [] }
        return [
            request(.listJobs, named(key), refused: Self.ignore) { model, json in
                guard model.detail?.key == key else { return [] }
                model.detail?.jobs.lanes = json["jobs"]?.array?.compactMap(JobStatus.init(json:)) ?? []
                return []
            }
        ]
    }

    mutating func cancelTurn() -> [Effect] {
        guard let key = detail?.key else { return [] }
        return [
            request(.cancel, named(key), waiting: "Cancelling the turn") {
                let isCancelled = $1["cancelled"]?.bool ?? true
                $0.notices.say(
                    isCancelled ? .done : .refused,
                    isCancelled ? "Asked the turn to stop." : "Cancel the turn: none is in flight.",
                    at: $0.now
                )
                return []
            }
        ]
    }

    /// Asks for a session that is shown once it is there.
    mutating func create(_ method: Method, _ params: JSON) -> Effect {
        request(method, params, waiting: "Making a session") { $0.created($1) }
    }

    mutating func askForSession() -> [Effect] {
        guard let agent = detail?.key.agent ?? wantedAgent ?? hello?.agents.first?.id else { return [] }
        let question = "Id of the new session of \(agent)? Empty for a temporary one."
        overlay = .prompt(Overlay.Prompt(purpose: .create(agent: agent), question: question))
        return []
    }

    mutating func askToEnd() -> [Effect] {
        guard let key = detail?.key else { return [] }
        let question = "Its jobs stop and it takes no more messages. Type \(key.session) to end it."
        overlay = .prompt(Overlay.Prompt(purpose: .end(key), question: question))
        return []
    }

    mutating func answer(_ prompt: Overlay.Prompt) -> [Effect] {
        let text = prompt.input.text.trimmed
        switch prompt.purpose {
        case .replay(let exchange):
            return text.isEmpty ? [] : replay(exchange, into: text)
        case .create(let agent):
            let params: JSON = .members(["agent": .string(agent), "session": text.isEmpty ? nil : .string(text)])
            return [create(.create, params)]
        case .export(let key): return export(key, to: text)
        case .take: return take(capsule: text)
        case .marked(let work, let keys): return carryOut(work, on: keys, answer: text)
        case .picture: return writePicture(to: text)
        case .quit: return (stopLongWork() ?? []) + [.quit]
        case .editField(let key, let path, let seen):
            if let problem = problem(withJSON: text) {
                // What was typed is not lost.
                overlay = .prompt(prompt)
                notices.say(.refused, problem, at: now)
                return []
            }
            return edit(key, path, text, was: seen)
        case .snapshot, .fork, .restore, .deleteSnapshot, .keep, .delete: return answerAboutMoment(prompt.purpose, text)
        case .travel:
            guard let seq = Int(text.drop { $0 == "#" }), NumberRange.count.contains(seq) else {
                notices.say(.refused, "'\(text)' is not the number of an event.", at: now)
                return []
            }
            guard let last = detail?.fold.seq, (1...max(1, last)).contains(seq) else {
                notices.say(.refused, "There is no event #\(seq); the last is #\(detail?.fold.seq ?? 0).", at: now)
                return []
            }
            return travel(to: seq)
        case .end(let key):
            guard text == key.session else {
                notices.say(.refused, "That is not the session's id, so nothing was ended.", at: now)
                return []
            }
            return [act(.end, named(key), waiting: "Ending", done: "Ended the session \(key.session).")]
        }
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
