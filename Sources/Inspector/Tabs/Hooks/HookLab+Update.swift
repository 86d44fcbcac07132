internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// Editing a request, seeing where it would go, sending it, comparing.
extension HookLab {
    /// Opens the lab on the selected exchange, once it is known whole.
    static func open(_ model: inout InspectorModel) -> [Effect] {
        guard let hooks = model.detail?.hooks, let id = hooks.current else { return [] }
        if let opened = hooks.opened { return open(on: opened, &model) }
        return [
            model.request(Methods.getHook, ExchangeParams(id), waiting: "Loading the exchange") { model, result in
                result.exchange.map { open(on: $0, &model) } ?? []
            }
        ]
    }

    private static func open(on exchange: Exchange, _ model: inout InspectorModel) -> [Effect] {
        model.mode.lab = HookLab(exchange)
        return resolve(&model) + askForChanges(of: exchange, &model)
    }

    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect] {
        guard var lab = model.mode.lab else { return [] }
        let fields = HookLab.Field.allCases
        switch key {
        case .escape:
            model.mode.lab = nil
            return []
        case .control("c"): return LongWork.askToQuit(&model)
        case .control("z"): return [.suspend]
        case .tab, .backTab:
            let step = key == .tab ? 1 : fields.count - 1
            lab.field = fields[(lab.field.rawValue + step) % fields.count]
        case .control("s"): return lab.send(&model)
        case .enter where !lab.field.isLong: return lab.send(&model)
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
            model.mode.lab = lab
            return lab[lab.field] == before ? [] : resolve(&model)
        }
        model.mode.lab = lab
        return []
    }

    /// Changes the field that is edited.
    static func edit(_ model: inout InspectorModel, _ change: (inout TextInput) -> Void) -> [Effect] {
        guard var lab = model.mode.lab else { return [] }
        change(&lab.inputs[lab.field, default: TextInput()])
        model.mode.lab = lab
        return resolve(&model)
    }

    /// Asks where the request would go, one question at a time; nothing is run.
    private static func resolve(_ model: inout InspectorModel) -> [Effect] {
        guard var lab = model.mode.lab, let request = try? lab.request() else { return [] }
        let isAsked = model.isPending(.route)
        lab.isResolving = isAsked
        model.mode.lab = lab
        guard !isAsked, model.link.isUp else { return [] }
        let exchange = lab.original.exchange
        let params = HookRequestParams {
            $0.agent = exchange.agent
            $0.hook = exchange.hook
            $0.request = request.json
        }
        return [
            model.request(Methods.resolveHook, params, about: .route) {
                resolved($1.message, &$0)
            } answered: { model, route in
                let session = route.session ?? (route.isTemporary ? "a new temporary session" : "no session")
                return resolved("\(session): \(route.why)", &model)
            }
        ]
    }

    private static func resolved(_ words: String, _ model: inout InspectorModel) -> [Effect] {
        guard var lab = model.mode.lab else { return [] }
        lab.resolved = words
        model.mode.lab = lab
        return lab.isResolving ? resolve(&model) : []
    }

    private func send(_ model: inout InspectorModel) -> [Effect] {
        if let action = model.actions["hook.replay"], let disabledReason = model.disabledReason(to: action) {
            model.notices.say(.refused, "Replay: \(disabledReason)", at: model.now)
            return []
        }
        let target = self[.target].trimmed
        guard let edits = try? edits(), !target.isEmpty, !isSending else {
            let why =
                problem.map { "\($0.field.title): \($0.text)" }
                ?? (isSending ? "It is on its way." : "Into which session?")
            model.notices.say(.refused, "Replay: \(why)", at: model.now)
            return []
        }
        var lab = self
        lab.isSending = true
        model.mode.lab = lab
        let params = ReplayParams(original.exchange.id, edits: edits, into: target)
        return [
            model.request(Methods.replayHook, params, waiting: "Replaying") {
                Self.refused($1, &$0)
            } answered: {
                Self.replayed($1, &$0)
            }
        ]
    }

    private static func refused(_ error: RPCError, _ model: inout InspectorModel) -> [Effect] {
        guard var lab = model.mode.lab else { return [] }
        lab.isSending = false
        model.mode.lab = lab
        model.notices.say(.failed, "Replay: \(error.description)", at: model.now)
        return []
    }

    private static func replayed(_ result: ExchangeResult, _ model: inout InspectorModel) -> [Effect] {
        guard var lab = model.mode.lab else { return [] }
        lab.isSending = false
        defer { model.mode.lab = lab }
        guard let exchange = result.exchange else { return [] }
        lab.replay = HookLab.Outcome(exchange: exchange)
        lab.top = 0
        let status = exchange.response?.status ?? 0
        let place = exchange.session.map { " in \($0)" } ?? ""
        let text = "Replayed \(exchange.hook): \(status)\(place)."
        model.notices.say(status >= 400 ? .failed : .done, text, at: model.now)
        return askForChanges(of: exchange, &model)
    }

    private static func askForChanges(of exchange: Exchange, _ model: inout InspectorModel) -> [Effect] {
        guard let range = exchange.changed, let session = exchange.session, model.link.isUp else { return [] }
        let params = HistoryParams(SessionKey(agent: exchange.agent, session: session)) {
            $0.after = range.lowerBound - 1
            $0.limit = min(1000, range.count)
        }
        return [
            model.request(Methods.history, params) {
                took(changes: $1.events, of: exchange.id, &$0)
                return []
            }
        ]
    }

    private static func took(changes events: [SessionEvent], of id: String, _ model: inout InspectorModel) {
        guard var lab = model.mode.lab else { return }
        func steps(_ exchange: Exchange) -> [JSONPatch.Step] {
            events.filter { $0.cause == exchange.changed?.lowerBound }.flatMap { event -> [JSONPatch.Step] in
                if case .stateChanged(let patch) = event.body { patch.steps } else { [] }
            }
        }
        if lab.original.exchange.id == id { lab.original.changes = steps(lab.original.exchange) }
        if let replay = lab.replay?.exchange, replay.id == id { lab.replay?.changes = steps(replay) }
        model.mode.lab = lab
    }
}
