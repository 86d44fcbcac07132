internal import Magma
internal import SessionModel

/// The agent's state as the session's journal has it: what changed, and what was too large and was taken back.
extension Session {
    /// Changes of the state that were taken back and are remembered until somebody asks.
    private static let rememberedRefusals = 64

    /// Reads the agent's state, and records what is different from the journal's.
    func captureState(cause: Int, turn: String? = nil) async {
        await agent.noteState(cause: cause, turn: turn)
        await recordReadings()
    }

    /// Records what has been read of the agent's state, each change on behalf of whoever made it. A state that is too
    /// large is not: the agent gets back what it had.
    func recordReadings() async {
        var excess: JSON?
        for reading in agent.takeReadings() {
            switch reading.state {
            case .success(let state):
                let patch = JSONPatch(from: fold.state, to: state)
                guard !patch.isEmpty else { continue }
                do {
                    try checkSize(of: state)
                    record(.stateChanged(patch), cause: reading.cause, turn: reading.turn)
                    recover(from: "state")
                } catch {
                    let body = SessionEvent.Body.log(level: "error", text: "\(error.message) It is as it was before.")
                    let seq = record(body, cause: reading.cause, turn: reading.turn)
                    summary.trouble = .init(kind: "state", seq: seq, text: error.message)
                    if let cause = reading.cause { noteTakenBack(error, cause) }
                    excess = state
                }
            case .failure(let error):
                record(
                    .log(level: "error", text: "The state could not be read: \(words(of: error))"),
                    cause: reading.cause,
                    turn: reading.turn
                )
            }
        }
        guard let excess = excess?.object, let known = fold.state.object else { return }
        let changed = excess.names.filter { excess[$0] != known[$0] }.map { ($0, known[$0] ?? .null) }
        do { try await agent.putBack(JSON.Object(changed), from: excess) } catch {
            record(.log(level: "error", text: "The state could not be put back: \(words(of: error))"))
        }
    }

    /// Not everything that changes the state asks how that came out, so the oldest are forgotten.
    private func noteTakenBack(_ error: RuntimeError, _ cause: Int) {
        takenBack[cause] = error
        if takenBack.count > Self.rememberedRefusals, let oldest = takenBack.keys.min() { takenBack[oldest] = nil }
    }

    /// Why a change of the state that was made on behalf of an event was taken back, if one was; whoever reports how that
    /// came out asks for it.
    func takenBack(for cause: Int) -> RuntimeError? {
        takenBack.removeValue(forKey: cause)
    }

    /// - Throws: ``RuntimeError`` `state_too_large`, `state_too_deep`.
    func checkSize(of state: JSON) throws(RuntimeError) {
        let limit = services.limits.state
        let size = state.size
        if size > limit { throw RuntimeError.stateTooLarge(key.session, size, limit) }
        if state.depth > JSON.maximumDepth { throw RuntimeError.stateTooDeep(key.session) }
    }
}
