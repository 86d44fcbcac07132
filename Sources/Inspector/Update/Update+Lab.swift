internal import Inspection
internal import SessionModel
internal import Terminal

/// The hook lab: edit, see where it would go, send, compare.
extension InspectorModel {
    /// Opens the lab on the selected exchange, once it is known whole.
    mutating func openLab() -> [Effect] {
        guard let id = detail?.hooks.opened?.id ?? detail?.hooks.selected else { return [] }
        if let opened = detail?.hooks.opened, opened.id == id { return openLab(on: opened) }
        return [
            request(.getHook, ["exchange": .string(id)], waiting: "Loading the exchange") { model, json in
                json["exchange"].flatMap(Exchange.init(json:)).map { model.openLab(on: $0) } ?? []
            }
        ]
    }

    private mutating func openLab(on exchange: Exchange) -> [Effect] {
        overlay = .lab(HookLab(exchange))
        return resolve() + askForChanges(of: exchange)
    }

    mutating func pressInLab(_ key: Key, _ lab: HookLab) -> [Effect] {
        var lab = lab
        let fields = HookLab.Field.allCases
        switch key {
        case .tab, .backTab:
            let step = key == .tab ? 1 : fields.count - 1
            lab.field = fields[(lab.field.rawValue + step) % fields.count]
        case .control("s"): return sendFromLab(lab)
        case .enter where !lab.field.isLong: return sendFromLab(lab)
        case .pageDown: lab.top += 5
        case .pageUp: lab.top = max(0, lab.top - 5)
        case .control("e"):
            return [.edit(lab[lab.field], suffix: lab.field == .body ? "json" : "txt")]
        case .up where lab.field == .target, .down where lab.field == .target:
            lab.inputs[.target] = TextInput(lab[.target] == "same" ? "fork" : "same")
        default:
            let before = lab[lab.field]
            if key == .enter {
                lab.inputs[lab.field, default: TextInput()].insert("\n")
            } else {
                _ = lab.inputs[lab.field, default: TextInput()].handleLines(key)
            }
            overlay = .lab(lab)
            return lab[lab.field] == before ? [] : resolve()
        }
        overlay = .lab(lab)
        return []
    }

    mutating func editLab(_ change: (inout TextInput) -> Void) -> [Effect] {
        guard case .lab(var lab) = overlay else { return [] }
        change(&lab.inputs[lab.field, default: TextInput()])
        overlay = .lab(lab)
        return resolve()
    }

    /// Asks where the request would go, one question at a time; nothing is run.
    private mutating func resolve() -> [Effect] {
        guard case .lab(var lab) = overlay, let request = try? lab.request() else { return [] }
        let isAsked = isPending(.route)
        lab.isResolving = isAsked
        overlay = .lab(lab)
        guard !isAsked, link.isUp else { return [] }
        let exchange = lab.original.exchange
        let params: JSON = ["agent": .string(exchange.agent), "hook": .string(exchange.hook), "request": request.json]
        return [
            self.request(.resolveHook, params, about: .route) {
                $0.resolved($1.message)
            } answered: { model, json in
                let session =
                    json["session"]?.string
                    ?? (json["temporary"]?.bool == true ? "a new temporary session" : "no session")
                return model.resolved("\(session): \(json["why"]?.string ?? "")")
            }
        ]
    }

    private mutating func resolved(_ words: String) -> [Effect] {
        guard case .lab(var lab) = overlay else { return [] }
        lab.resolved = words
        overlay = .lab(lab)
        return lab.isResolving ? resolve() : []
    }

    private mutating func sendFromLab(_ lab: HookLab) -> [Effect] {
        if let action = ActionTable.action("hook.replay"), let disabledReason = disabledReason(to: action) {
            notices.say(.refused, "Replay: \(disabledReason)", at: now)
            return []
        }
        let target = lab[.target].trimmed
        guard let edits = try? lab.edits(), !target.isEmpty, !lab.isSending else {
            let why =
                lab.problem.map { "\($0.field.title): \($0.text)" }
                ?? (lab.isSending ? "It is on its way." : "Into which session?")
            notices.say(.refused, "Replay: \(why)", at: now)
            return []
        }
        var lab = lab
        lab.isSending = true
        overlay = .lab(lab)
        let params: JSON = [
            "exchange": .string(lab.original.exchange.id), "edits": edits, "into": .string(target),
        ]
        return [
            request(.replayHook, params, waiting: "Replaying") {
                $0.replayRefused($1)
            } answered: {
                $0.replayedInLab($1)
            }
        ]
    }

    private mutating func replayRefused(_ error: RPCError) -> [Effect] {
        guard case .lab(var lab) = overlay else { return [] }
        lab.isSending = false
        overlay = .lab(lab)
        notices.say(.failed, "Replay: \(error.description)", at: now)
        return []
    }

    private mutating func replayedInLab(_ json: JSON) -> [Effect] {
        guard case .lab(var lab) = overlay else { return [] }
        lab.isSending = false
        defer { overlay = .lab(lab) }
        guard let exchange = json["exchange"].flatMap(Exchange.init(json:)) else { return [] }
        lab.replay = HookLab.Outcome(exchange: exchange)
        lab.top = 0
        let status = exchange.response?.status ?? 0
        let place = exchange.session.map { " in \($0)" } ?? ""
        notices.say(status >= 400 ? .failed : .done, "Replayed \(exchange.hook): \(status)\(place).", at: now)
        return askForChanges(of: exchange)
    }

    private mutating func askForChanges(of exchange: Exchange) -> [Effect] {
        guard let range = exchange.changed, let session = exchange.session, link.isUp else { return [] }
        let params: JSON = [
            "agent": .string(exchange.agent), "session": .string(session), "after": .int(range.lowerBound - 1),
            "limit": .int(min(1000, range.count)),
        ]
        return [
            request(.history, params) {
                $0.tookChanges(of: exchange.id, $1["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? [])
                return []
            }
        ]
    }

    private mutating func tookChanges(of id: String, _ events: [SessionEvent]) {
        guard case .lab(var lab) = overlay else { return }
        func steps(_ exchange: Exchange) -> [JSONPatch.Step] {
            events.filter { $0.cause == exchange.changed?.lowerBound }.flatMap { event -> [JSONPatch.Step] in
                if case .stateChanged(let patch) = event.body { patch.steps } else { [] }
            }
        }
        if lab.original.exchange.id == id { lab.original.changes = steps(lab.original.exchange) }
        if let replay = lab.replay?.exchange, replay.id == id { lab.replay?.changes = steps(replay) }
        overlay = .lab(lab)
    }
}
