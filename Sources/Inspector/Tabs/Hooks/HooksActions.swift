internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// What can be done with an exchange.
extension HooksTab {
    static let actions: [Action] = [
        Action(
            "hook.replay",
            "Replay the hook",
            keys: [.character("r")],
            in: .detail,
            on: id,
            role: .operator,
            isProminent: true,
            unless: noExchange
        ) {
            $0.detail?.hooks.marked.isEmpty == false ? replayMarked(&$0) : replay(into: "same", &$0)
        },
        Action(
            "hook.replay-into",
            "Replay into another session",
            keys: [.character("R")],
            in: .detail,
            on: id,
            role: .operator,
            unless: noExchange
        ) {
            askWhereToReplay(&$0)
        },
        Action(
            "hook.lab",
            "Edit and replay the hook",
            keys: [.character("e")],
            in: .detail,
            on: id,
            unless: noExchange
        ) {
            HookLab.open(&$0)
        },
        Action("hook.mark", "Mark the exchange", keys: [.character(" ")], in: .detail, on: id, unless: noExchange) {
            $0.detail?.hooks.mark()
            return DetailKeys.move(by: 1, &$0)
        },
        Action(
            "hook.range",
            "Mark a range of exchanges",
            keys: [.character("V")],
            in: .detail,
            on: id,
            unless: noExchange
        ) {
            $0.detail?.hooks.toggleRange()
            return []
        },
    ]

    @Sendable private static func noExchange(_ model: InspectorModel) -> String? {
        model.detail?.hooks.selected == nil ? "No webhooks yet." : nil
    }

    private static func replay(into target: String, _ model: inout InspectorModel) -> [Effect] {
        model.detail?.hooks.current.map { replay($0, into: target, &model) } ?? []
    }

    static func replay(_ id: String, into target: String, _ model: inout InspectorModel) -> [Effect] {
        [model.request(Methods.replayHook, ReplayParams(id, into: target), waiting: "Replaying") { replayed($1, &$0) }]
    }

    private static func replayed(_ result: ExchangeResult, _ model: inout InspectorModel) -> [Effect] {
        guard let exchange = result.exchange else { return [] }
        let status = exchange.response?.status ?? 0
        let target = exchange.session.map { " into \($0)" } ?? ""
        let text = "Replayed \(exchange.hook)\(target): \(status)" + (exchange.error.map { ", \($0)" } ?? "")
        model.notices.say(status >= 400 ? .failed : .done, text, at: model.now)
        if exchange.session == model.detail?.key.session { model.detail?.hooks.merge([exchange]) }
        return []
    }

    private static func askWhereToReplay(_ model: inout InspectorModel) -> [Effect] {
        guard let id = model.detail?.hooks.current else { return [] }
        let question = "Replay into which session? A new id creates the session."
        model.overlay = .prompt(Overlay.Prompt(purpose: .replay(exchange: id), question: question))
        return []
    }

    /// Replays the marked exchanges, the oldest first.
    private static func replayMarked(_ model: inout InspectorModel) -> [Effect] {
        guard let hooks = model.detail?.hooks else { return [] }
        let ids = hooks.exchanges.reversed().map(\.id).filter(hooks.marked.contains)
        let steps = ids.map { Bulk.step(Methods.replayHook, ReplayParams($0, into: "same")) }
        return Bulk.start(Bulk("Replaying hooks", steps, since: model.now), &model)
    }
}
