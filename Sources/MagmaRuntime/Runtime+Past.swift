package import SessionModel

extension Runtime {
    /// Context and state of a session as they were after the event `seq`; 0 is before the first.
    ///
    /// - Throws: ``RuntimeError`` `seq_unknown` when the session has not got there, `seq_forgotten` when the beginning of
    ///   its journal is no longer kept.
    package func past(of session: Session, at seq: Int) async throws -> SessionFold {
        var fold = SessionFold()
        while fold.seq < seq {
            let events = try await store.events(of: session.key, after: fold.seq, limit: 512)
            guard let first = events.first else {
                throw RuntimeError(
                    .malformed,
                    "seq_unknown",
                    "The session '\(session.key.session)' has no event \(seq); its last one is \(fold.seq)."
                )
            }
            guard first.seq == fold.seq + 1 else {
                throw RuntimeError(
                    .notFound,
                    "seq_forgotten",
                    "The events before \(first.seq) of the session '\(session.key.session)' are no longer kept, so its past cannot be put together."
                )
            }
            for event in events where event.seq <= seq { fold.apply(event) }
        }
        return fold
    }
}
