package import SessionModel

/// Snapshots, and going back to them.
extension Runtime {
    /// Context and state at that moment.
    ///
    /// - Throws: ``RuntimeError`` `snapshot_not_found`, and what ``past(of:at:)-(_,Int)`` throws.
    package func past(of key: SessionKey, at moment: Moment) async throws -> SessionFold {
        switch moment {
        case .seq(let seq): return try await past(of: key, at: seq)
        case .snapshot(let name):
            try await checkExists(key)
            guard let snapshot = try await store.snapshot(name, of: key) else {
                throw RuntimeError.snapshotNotFound(name, key)
            }
            return snapshot.fold
        }
    }

    /// Keeps a moment under a name; `nil` for now.
    ///
    /// - Throws: ``RuntimeError`` `snapshot_exists`, `name_invalid`, and what ``past(of:at:)-(_,Int)`` throws.
    package func snapshot(_ key: SessionKey, name: String, at seq: Int?, by author: ChangeAuthor) async throws
        -> Snapshot
    {
        guard (1...512).contains(name.utf8.count), name.unicodeScalars.count <= 128,
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw RuntimeError(
                .malformed,
                "name_invalid",
                "A snapshot's name is 1 to 128 characters, none of them a control character."
            )
        }
        let fold = if let seq { try await past(of: key, at: seq) } else { try await present(of: key) }
        let others = try await store.snapshots(of: key)
        guard others.count < Snapshot.maximum else {
            throw RuntimeError(
                .tooMany,
                "snapshots_full",
                "The session '\(key.session)' has \(others.count) snapshots, as many as it may have; delete some."
            )
        }
        if others.contains(where: { $0.name.isExactly(name) }) {
            throw RuntimeError(
                .conflict,
                "snapshot_exists",
                "The session '\(key.session)' already has a snapshot '\(name)'; delete that one, or take another name."
            )
        }
        let snapshot = Snapshot(name: name, at: time.now, by: author.name, fold: fold)
        try await directory.withSession(key, .viewing) { session in
            try await session.claim()
            try await store.save(snapshot, of: key)
            try await session.noteSnapshot(snapshot, by: author)
        }
        return snapshot
    }

    /// - Throws: ``RuntimeError`` `snapshot_not_found`.
    package func deleteSnapshot(_ name: String, of key: SessionKey, by author: ChangeAuthor) async throws {
        try await checkExists(key)
        try await directory.withSession(key, .viewing) { session in
            try await session.claim()
            guard try await store.removeSnapshot(name, of: key) else {
                throw RuntimeError.snapshotNotFound(name, key)
            }
            await session.note(author)
        }
    }

    /// Sets a session back to a moment.
    ///
    /// - Returns: the last event afterwards.
    package func restore(_ key: SessionKey, to moment: Moment, expect: Int?, by author: ChangeAuthor) async throws
        -> Int
    {
        try checkOpen()
        let past = try await past(of: key, at: moment)
        let name: String? = if case .snapshot(let name) = moment { name } else { nil }
        return try await directory.withSession(key, .awake) {
            try await HandChange(session: $0, author: author, expect: expect).restore(to: past, snapshot: name)
        }
    }
}

/// Sessions that become others.
extension Runtime {
    /// Makes a session that begins as another one was at that moment; its jobs are paused.
    ///
    /// - Parameters:
    ///   - moment: `nil` for now.
    ///   - id: of the new session; `nil` for one that is made up.
    ///   - kind: of the new session.
    ///   - agent: of the new session, which takes the fields over that it has; `nil` for the same.
    /// - Returns: its key.
    /// - Throws: ``RuntimeError`` `session_exists`, `session_id_invalid`, and what ``past(of:at:)-(_,Moment)`` throws.
    package func fork(
        _ key: SessionKey,
        at moment: Moment?,
        as id: String?,
        kind: SessionSummary.Kind,
        agent: AgentBlueprint? = nil,
        by author: ChangeAuthor
    ) async throws -> SessionKey {
        try checkOpen()
        var past = if let moment { try await past(of: key, at: moment) } else { try await present(of: key) }
        var origin = key
        if let agent, !agent.id.isExactly(key.agent) {
            origin = SessionKey(agent: agent.id, session: key.session)
            var fields = JSON.Object()
            for (name, value) in past.state.object ?? [:] where agent.fieldNames.containsExactly(name) {
                fields[name] = value
            }
            past.state = .object(fields)
        }
        let source = SessionBeginning.Source.fork(of: key, past, by: author)
        let beginning = SessionBeginning(origin: .fork, source: source)
        var number = 1
        while true {
            let fork = try forkKey(id, of: origin, at: past.seq, kind, number: number)
            do {
                // A session cannot begin as itself, also when it is deleted meanwhile.
                if fork == key { throw RuntimeError.sessionExists(fork) }
                if try await directory.isKnown(fork) { throw RuntimeError.sessionExists(fork) }
                try await directory.withSession(fork, .new(beginning)) { _ in }
                return fork
            } catch let error as RuntimeError where error == .sessionExists(fork) && id == nil {
                number += 1
            }
        }
    }

    /// - Parameter number: which of the ids that are made up.
    private func forkKey(
        _ id: String?,
        of key: SessionKey,
        at seq: Int,
        _ kind: SessionSummary.Kind,
        number: Int
    ) throws -> SessionKey {
        if let id {
            if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
            guard kind == .lasting, !SessionID.isTemporary(id) else {
                throw RuntimeError.sessionInvalid("A temporary session's id is given by the runtime; leave 'as' out.")
            }
            return SessionKey(agent: key.agent, session: id)
        }
        if kind == .temporary || SessionID.isTemporary(key.session) {
            return SessionKey(
                agent: key.agent,
                session: SessionID.temporaryPrefix + services.ids.ulid(at: time.now)
            )
        }
        let id = "\(key.session)-fork-\(seq)" + (number == 1 ? "" : "-\(number)")
        return SessionKey(agent: key.agent, session: id)
    }

    /// Makes a temporary session a lasting one, under another id. Its clients are let go.
    ///
    /// - Returns: its new key.
    /// - Throws: ``RuntimeError`` `session_lasting`, `session_exists`, `session_id_invalid`, `busy`.
    package func keep(_ key: SessionKey, as id: String, by author: ChangeAuthor) async throws -> SessionKey {
        try checkOpen()
        let new = SessionKey(agent: key.agent, session: id)
        try await directory.withSession(key, .viewing) { session in
            guard await session.kind == .temporary else {
                throw RuntimeError(.conflict, "session_lasting", "The session '\(key.session)' lasts already.")
            }
            if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
            guard !SessionID.isTemporary(id) else {
                throw RuntimeError.sessionInvalid(
                    "'\(id)' is an id of a temporary session; take one that does not start with \(SessionID.temporaryPrefix)."
                )
            }
            try await directory.withReserved(new) {
                guard await !session.isWorking else { throw RuntimeError.busy(key.session) }
                let last: [SessionEvent.Body] = [
                    .inspectorActed(by: author.name, method: author.method), .sessionKept(from: key.session),
                ]
                try await session.close(with: last) { [store] in try await store.rename(key, to: new, as: nil) }
            }
        }
        return new
    }

    /// Deletes a session with everything that is its own, from disk too.
    package func delete(_ key: SessionKey) async throws {
        try await directory.withSession(key, .viewing) { session in
            try await session.close(with: []) { [store] in try await store.remove([key]) }
        }
    }
}

extension RuntimeError {
    fileprivate static func snapshotNotFound(_ name: String, _ key: SessionKey) -> RuntimeError {
        RuntimeError(
            .notFound,
            "snapshot_not_found",
            "The session '\(key.session)' has no snapshot '\(name.prefix(bytes: 80))'."
        )
    }
}
