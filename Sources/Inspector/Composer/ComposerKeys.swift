internal import Inspection
internal import SessionModel
internal import Terminal

/// Keys while a message is written, and sending it.
enum ComposerKeys {
    /// Why no message can be sent to the session that is looked into; `nil` when one can.
    static func reasonNotToSend(_ model: InspectorModel) -> String? {
        if let action = model.actions["turn.cancel"], let disabledReason = model.disabledReason(to: action) {
            return disabledReason
        }
        if let problem = model.detail?.gone ?? model.detail?.problem { return problem }
        return model.detail?.summary?.status == .ended ? "The session has ended." : nil
    }

    static func send(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        if let disabledReason = reasonNotToSend(model) {
            model.notices.say(.refused, "Send: \(disabledReason)", at: model.now)
            return []
        }
        guard let text = model.work.composer.take(key) else { return [] }
        model.detail?.tab = .context
        model.detail?.context.follow()
        return [
            model.request(Methods.send, SendParams(key) { $0.message = .string(text) }, waiting: "Sending") {
                $0.work.composer.giveBack(text, key)
                if $1.code == "session_not_found" { Attaching.wentAway(key, $1, &$0) }
                return $0.say($1)
            } done: { _ in
                []
            }
        ]
    }

    static func cancelTurn(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        return [
            model.request(Methods.cancel, CancelParams(key), waiting: "Cancelling the turn") {
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

    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect]? {
        guard let detail = model.detail else { return nil }
        switch key {
        case .enter: return send(&model)
        case .control("e"): return [.edit(model.work.composer.input(detail.key).text, suffix: "txt")]
        case .control("j"):
            model.work.composer.edit(detail.key) { $0.insert("\n") }
            return []
        case .up: model.work.composer.recall(detail.key, by: -1)
        case .down: model.work.composer.recall(detail.key, by: 1)
        case .control("c"), .control("z"), .escape, .tab, .backTab: return nil
        default: model.work.composer.edit(detail.key) { _ = $0.handle(key) }
        }
        return []
    }
}
