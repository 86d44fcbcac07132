internal import Magma
internal import SessionModel

/// The agent's state, as the session records it.
extension Session {
    /// Reads the agent's state, and records what is different from the journal's.
    func captureState(cause: Int, turn: String? = nil) async {
        await agent.noteState(cause: cause, turn: turn)
        if let excess = takeReadings() { await putBack(excess) }
    }

    /// Records what has been read of the agent's state, each change with its cause. A state that is too
    /// large is not recorded; the agent's previous state is restored.
    func recordReadings() async { if let excess = takeReadings() { await putBack(excess) } }

    /// - Returns: the state that is too large.
    private func takeReadings() -> JSON? {
        var excess: JSON?
        for reading in agent.takeReadings() {
            switch reading.state {
            case .success(let state):
                let patch = JSONPatch(from: fold.state, to: state)
                guard !patch.isEmpty else { continue }
                do {
                    try checkSize(of: state)
                    record(.stateChanged(patch), cause: reading.cause, turn: reading.turn)
                    presence.recover(from: "state")
                } catch {
                    let body = SessionEvent.Body.log(level: "error", text: "\(error.message) It is as it was before.")
                    let seq = record(body, cause: reading.cause, turn: reading.turn)
                    presence.summary.trouble = .init(kind: "state", seq: seq, text: error.message)
                    if let cause = reading.cause { ledger.refuse(cause, because: error) }
                    excess = state
                }
            case .failure(let error):
                record(
                    .log(level: "error", text: "The state could not be read: \(error)"),
                    cause: reading.cause,
                    turn: reading.turn
                )
            }
        }
        return excess
    }

    /// Gives the agent the state that is recorded.
    private func putBack(_ excess: JSON) async {
        guard let excess = excess.object, let known = fold.state.object else { return }
        let changed = excess.names.filter { excess[$0] != known[$0] }.map { ($0, known[$0] ?? .null) }
        do { try await agent.putBack(JSON.Object(changed), from: excess) } catch {
            record(.log(level: "error", text: "The state could not be put back: \(error)"))
        }
    }
}
