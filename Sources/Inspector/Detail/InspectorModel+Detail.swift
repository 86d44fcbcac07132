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

    mutating func show(_ tab: TabID) -> [Effect] {
        lastTab = tab
        guard detail != nil else { return [] }
        detail?.tab = tab
        if focus == .sessions { focus = .detail }
        return loadTab()
    }

    /// Loads the data of the tab that was just opened.
    mutating func loadTab() -> [Effect] {
        detail.map { type(of: $0.tabs[$0.tab]).load(&self) } ?? []
    }

    mutating func showTab(by step: Int) -> [Effect] {
        let all = actions.tabs
        guard let place = all.firstIndex(where: { $0.id == detail?.tab }) else { return [] }
        return show(all[(place + step + all.count) % all.count].id)
    }

    mutating func moveInDetail(by rows: Int) -> [Effect] {
        changeTab { $0.move(by: rows, in: $1) }
        return []
    }

    /// To the next or the previous thing.
    mutating func stepInDetail(by step: Int) -> [Effect] {
        changeTab { $0.step(by: step, in: $1) }
        return []
    }

    mutating func openInDetail() -> [Effect] {
        detail.map { type(of: $0.tabs[$0.tab]).openSelected(&self) } ?? []
    }

    /// Goes back one level: from the past to the present, from an exchange to all of them, from a session to the list.
    mutating func backFromDetail() -> [Effect] {
        if detail?.past != nil {
            return travelToPresent()
        }
        var hasClosed = false
        changeTab { tab, _ in hasClosed = tab.close() }
        if !hasClosed { focus = .sessions }
        return []
    }
}

// MARK: What changes something

extension InspectorModel {
    /// Why no message can be sent to the session that is looked into; `nil` when one can.
    var reasonNotToSend: String? {
        if let action = actions["turn.cancel"], let disabledReason = disabledReason(to: action) {
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
        detail?.context.follow()
        return [
            request(Methods.send, SendParams(key) { $0.message = .string(text) }, waiting: "Sending") {
                $0.composer.giveBack(text, key)
                if $1.code == "session_not_found" { $0.wentAway(key, $1) }
                return $0.say($1)
            } done: { _ in
                []
            }
        ]
    }

    mutating func cancelTurn() -> [Effect] {
        guard let key = detail?.key else { return [] }
        return [
            request(Methods.cancel, CancelParams(key), waiting: "Cancelling the turn") {
                let isCancelled = $1.isCancelled
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
    mutating func create<Params>(_ method: Method<Params, SessionResult>, _ params: Params) -> Effect {
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
            return text.isEmpty ? [] : HooksTab.replay(exchange, into: text, &self)
        case .create(let agent):
            let params = CreateParams {
                $0.agent = agent
                $0.session = text.isEmpty ? nil : text
            }
            return [create(Methods.create, params)]
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
            return StateTab.edit(key, path, text, was: seen, &self)
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
            return [act(Methods.end, SessionName(key), waiting: "Ending", done: "Ended the session \(key.session).")]
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
