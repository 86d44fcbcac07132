package import SessionModel

extension Runtime {
    /// Context and state of a session as they are.
    package func present(of session: Session) async -> SessionFold { await session.fold }

    /// Context and state of a session as they were after the event `seq`; 0 is before the first.
    ///
    /// - Throws: ``RuntimeError`` `seq_unknown` when the session has not got there, `seq_forgotten` when that part of its
    ///   journal is no longer kept.
    package func past(of session: Session, at seq: Int) async throws -> SessionFold {
        guard seq > 0 else { return SessionFold() }
        let last = await session.fold.seq
        guard seq <= last else {
            throw RuntimeError(
                .malformed,
                "seq_unknown",
                "The session '\(session.key.session)' has no event \(seq); its last one is \(last)."
            )
        }
        var fold = try await store.fold(of: session.key, at: seq)
        if fold.seq < seq {
            // What was recorded just now may still be on its way to the store.
            try await session.store()
            fold = try await store.fold(of: session.key, at: seq)
        }
        guard fold.seq == seq else {
            let first = try await store.firstSeq(of: session.key)
            throw RuntimeError(
                .notFound,
                "seq_forgotten",
                "The events before \(first) of the session '\(session.key.session)' are no longer kept, so its past cannot be put together."
            )
        }
        return fold
    }
}
