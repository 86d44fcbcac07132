package import SessionModel

/// What a session's journal says of it.
extension Runtime {
    /// Context and state of a session as they are.
    package func present(of key: SessionKey) async throws -> SessionFold {
        try await directory.withSession(key, .viewing) { await $0.fold }
    }

    /// Context and state of a session as they were after the event `seq`; 0 is before the first.
    ///
    /// - Throws: ``RuntimeError`` `seq_unknown` when the session has not got there, `seq_forgotten` when that part of its
    ///   journal is no longer kept.
    package func past(of key: SessionKey, at seq: Int) async throws -> SessionFold {
        let last = try await present(of: key).seq
        guard seq > 0 else { return SessionFold() }
        guard seq <= last else {
            throw RuntimeError(
                .malformed,
                "seq_unknown",
                "The session '\(key.session)' has no event \(seq); its last one is \(last)."
            )
        }
        var fold = try await store.fold(of: key, at: seq)
        if fold.seq < seq {
            // What was recorded just now may still be on its way to the store.
            try await directory.withSession(key, .viewing) { try await $0.store() }
            fold = try await store.fold(of: key, at: seq)
        }
        guard fold.seq == seq else {
            let first = try await store.firstSeq(of: key)
            throw RuntimeError(
                .notFound,
                "seq_forgotten",
                "The events before \(first) of the session '\(key.session)' are no longer kept, so its past cannot be put together."
            )
        }
        return fold
    }

    /// Returns when what a session has told of itself so far is stored, so that its history has it.
    package func settle(_ key: SessionKey) async throws {
        try await directory.withSession(key, .viewing) { await $0.settle() }
    }

    /// Events with `after < seq`, oldest first; see ``JournalReader/events(of:after:limit:)``.
    package func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        try await store.events(of: key, after: after, limit: limit)
    }

    /// Events with `seq < before`, the newest of them, oldest first.
    package func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        try await store.events(of: key, before: before, limit: limit)
    }

    /// The oldest `seq` that is still kept; 1 for a journal that is whole, 0 when there is none.
    package func firstSeq(of key: SessionKey) async throws -> Int { try await store.firstSeq(of: key) }

    /// Oldest first.
    package func snapshots(of key: SessionKey) async throws -> [SnapshotSummary] {
        try await checkExists(key)
        return try await store.snapshots(of: key)
    }

    /// Exchanges without their bodies, newest first; see ``ExchangeStore/exchanges(agent:session:hook:before:limit:)``.
    package func exchanges(agent: String?, session: String?, hook: String?, before: String?, limit: Int) async throws
        -> [Exchange]
    {
        try await store.exchanges(agent: agent, session: session, hook: hook, before: before, limit: limit)
    }

    /// - Throws: ``RuntimeError`` `exchange_not_found`.
    package func exchange(_ id: String) async throws -> Exchange {
        guard let exchange = try await store.exchange(id) else { throw RuntimeError.exchangeNotFound(id) }
        return exchange
    }

    /// The same without headers and bodies.
    ///
    /// - Throws: ``RuntimeError`` `exchange_not_found`.
    package func exchangeRow(_ id: String) async throws -> Exchange {
        guard let row = try await store.exchangeRow(id) else { throw RuntimeError.exchangeNotFound(id) }
        return row
    }

    /// Keeps what an inspector did, or was refused.
    package func append(_ entry: AuditEntry) async throws { try await store.append(entry) }

    /// What inspectors did, newest first.
    package func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        try await store.audits(before: before, limit: limit)
    }

    /// Why the store takes nothing, if that is so.
    package var storeProblem: RuntimeError? { get async { await store.problem } }
}
