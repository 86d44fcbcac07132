internal import Inspection
internal import SessionModel

/// Why something cannot be done now; `nil` when it can.
extension ActionTable {
    @Sendable static func noSession(_ model: InspectorModel) -> String? {
        model.detail == nil ? "No session is selected." : nil
    }

    @Sendable static func noSearch(_ model: InspectorModel) -> String? {
        model.search == nil ? "No search yet. Press / to search." : nil
    }

    @Sendable static func transferring(_ model: InspectorModel) -> String? {
        model.transfer == nil ? nil : "Another import or export is running."
    }

    @Sendable static func exporting(_ model: InspectorModel) -> String? {
        noSession(model) ?? transferring(model)
    }

    @Sendable static func alreadyOpen(_ model: InspectorModel) -> String? {
        if model.detail?.tab == .hooks, model.detail?.hooks.opened != nil { return "It is open; Esc closes it." }
        return nil
    }

    @Sendable static func notPast(_ model: InspectorModel) -> String? {
        model.detail?.past == nil ? "Already live." : nil
    }

    @Sendable static func noField(_ model: InspectorModel) -> String? {
        model.detail?.tab == .state ? nil : "It works on the State tab (2)."
    }

    /// Why the message at the cursor cannot be edited.
    @Sendable static func noMessage(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .context else { return "It works on the Context tab (1)." }
        guard let message = model.messageAtCursor else { return "There is no message." }
        if detail.cutMessages[message.id] != nil { return "The message is too large to be changed here." }
        let text = message.json.text
        let isHidden = ["‹redacted›", "‹email›", "‹phone›", "‹card "].contains { text.contains($0) }
        return isHidden ? "Parts of the message are hidden, and would be written so." : nil
    }

    @Sendable static func noSnapshot(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .snapshots else { return "It works on the Snapshots tab (6)." }
        return detail.snapshots.current == nil ? "The session has no snapshots." : nil
    }

    @Sendable static func noMoment(_ model: InspectorModel) -> String? {
        guard let detail = model.detail else { return "No session is selected." }
        if detail.past != nil || (detail.tab == .snapshots && detail.snapshots.current != nil) { return nil }
        return "Go to a moment with [ and ], or select a snapshot (6)."
    }

    @Sendable static func notTemporary(_ model: InspectorModel) -> String? {
        guard let detail = model.detail else { return "No session is selected." }
        return detail.summary?.kind == .temporary ? nil : "This session is already permanent."
    }

    @Sendable static func noExchange(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .hooks else { return "It works on the Hooks tab (3)." }
        return detail.hooks.selected == nil ? "No webhooks yet." : nil
    }

    @Sendable static func noJob(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .jobs else { return "It works on the Jobs tab (4)." }
        return detail.jobs.current == nil ? "The session has no jobs." : nil
    }
}
