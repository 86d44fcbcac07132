internal import SessionModel

/// Tracks changes of the agent's state: the state without the running turn, and the changes taken back. Pure.
struct StateLedger: Sendable {
    /// Refusals that are remembered until somebody asks.
    private static let remembered = 64

    /// The turn that runs, and what the state would be without it: where it goes back to when it fails.
    private var base: (turn: String, state: JSON.Object)?
    /// Why changes were taken back, by the event on whose behalf they were made.
    private var refusals: [Int: RuntimeError] = [:]

    /// Whether anyone still has to be told that a change was taken back.
    var hasRefusals: Bool { !refusals.isEmpty }

    mutating func begin(_ turn: String, with state: JSON) { base = (turn, state.object ?? [:]) }

    mutating func endTurn() { base = nil }

    /// Notes a change that a turn, or somebody else, has made.
    ///
    /// - Parameter state: after it.
    mutating func note(_ patch: JSONPatch, by turn: String?, in state: JSON) {
        if turn != base?.turn { base?.state.take(patch, from: state) }
    }

    /// Fields that only the running turn has changed, with the value that they would have without it.
    func changed(in state: JSON) -> JSON.Object {
        guard let base, let now = state.object else { return [:] }
        return JSON.Object(
            now.compactMap { field in
                let before = base.state[field.name] ?? .null
                return before == field.value ? nil : (field.name, before)
            }
        )
    }

    /// Remembers why a change was taken back. Some callers never ask for the outcome, so the oldest entries are
    /// forgotten.
    mutating func refuse(_ cause: Int, because error: RuntimeError) {
        refusals[cause] = error
        if refusals.count > Self.remembered, let oldest = refusals.keys.min() { refusals[oldest] = nil }
    }

    /// Why a change that was made on behalf of an event was taken back, if one was; told once.
    mutating func refusal(of cause: Int) -> RuntimeError? { refusals.removeValue(forKey: cause) }
}

extension JSON.Object {
    /// Takes the fields over that a patch has changed.
    mutating func take(_ patch: JSONPatch, from state: JSON) {
        for step in patch.steps { if let name = step.path.pieces.first { self[name] = state[name] } }
    }
}
