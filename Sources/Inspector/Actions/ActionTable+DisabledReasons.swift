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
        model.work.transfer == nil ? nil : "Another import or export is running."
    }

    @Sendable static func exporting(_ model: InspectorModel) -> String? {
        noSession(model) ?? transferring(model)
    }

    @Sendable static func alreadyOpen(_ model: InspectorModel) -> String? {
        model.detail.flatMap { $0.tabs[$0.tab].reasonNotToOpen }
    }

    @Sendable static func notPast(_ model: InspectorModel) -> String? {
        model.detail?.past == nil ? "Already live." : nil
    }

    @Sendable static func noMoment(_ model: InspectorModel) -> String? {
        guard let detail = model.detail else { return "No session is selected." }
        if detail.past != nil || detail.tabs[detail.tab].selectedMoment != nil { return nil }
        return "Go to a moment with [ and ], or select a snapshot (6)."
    }

    @Sendable static func notTemporary(_ model: InspectorModel) -> String? {
        guard let detail = model.detail else { return "No session is selected." }
        return detail.summary?.kind == .temporary ? nil : "This session is already permanent."
    }
}
