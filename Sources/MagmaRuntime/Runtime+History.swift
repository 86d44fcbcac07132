package import SessionModel

/// A moment of a session: after one of its events, or where a snapshot was taken.
package enum Moment: Sendable, Hashable {
    case seq(Int)
    case snapshot(String)
}

/// Snapshots, and going back to them.
extension Runtime {
    /// Context and state at that moment.
    ///
    /// - Throws: ``RuntimeError`` `snapshot_not_found`, and what ``past(of:at:)-(_,Int)`` throws.
    package func past(of session: Session, at moment: Moment) async throws -> SessionFold {
        switch moment {
        case .seq(let seq): return try await past(of: session, at: seq)
        case .snapshot(let name):
            guard let snapshot = try await store.snapshot(name, of: session.key) else {
                throw RuntimeError.snapshotNotFound(name, session.key)
            }
            return snapshot.fold
        }
    }

    /// Keeps a moment under a name; `nil` for now.
    ///
    /// - Throws: ``RuntimeError`` `snapshot_exists`, `name_invalid`, and what ``past(of:at:)-(_,Int)`` throws.
    package func snapshot(_ session: Session, name: String, at seq: Int?, by author: ChangeAuthor) async throws
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
        let moment = if let seq { seq } else { await session.fold.seq }
        let fold = try await past(of: session, at: moment)
        let others = try await store.snapshots(of: session.key)
        guard others.count < Snapshot.maximum else {
            throw RuntimeError(
                .tooMany,
                "snapshots_full",
                "The session '\(session.key.session)' has \(others.count) snapshots, as many as it may have; delete some."
            )
        }
        if others.contains(where: { $0.name.isExactly(name) }) {
            throw RuntimeError(
                .conflict,
                "snapshot_exists",
                "The session '\(session.key.session)' already has a snapshot '\(name)'; delete that one, or take another name."
            )
        }
        let snapshot = Snapshot(name: name, at: time.now, by: author.name, fold: fold)
        try await store.save(snapshot, of: session.key)
        try await session.noteSnapshot(snapshot, by: author)
        return snapshot
    }

    /// - Throws: ``RuntimeError`` `snapshot_not_found`.
    package func deleteSnapshot(_ name: String, of session: Session, by author: ChangeAuthor) async throws {
        guard try await store.removeSnapshot(name, of: session.key) else {
            throw RuntimeError.snapshotNotFound(name, session.key)
        }
        await note(author.method, by: author.name, in: session)
    }

    /// Sets a session back to a moment.
    ///
    /// - Returns: the last event afterwards.
    package func restore(_ session: Session, to moment: Moment, expect: Int?, by author: ChangeAuthor) async throws
        -> Int
    {
        try checkOpen()
        let past = try await past(of: session, at: moment)
        let name: String? = if case .snapshot(let name) = moment { name } else { nil }
        return try await session.restore(to: past, snapshot: name, expect: expect, by: author)
    }
}

/// Sessions that become others.
extension Runtime {
    /// Makes a session that begins as another one was at that moment; its jobs are paused.
    ///
    /// - Parameters:
    ///   - moment: `nil` for now.
    ///   - id: of the new session; `nil` for one that is made up.
    /// - Throws: ``RuntimeError`` `session_exists`, `session_id_invalid`, and what ``past(of:at:)-(_,Moment)`` throws.
    package func fork(
        _ session: Session,
        at moment: Moment?,
        as id: String?,
        isTemporary: Bool,
        by author: ChangeAuthor
    ) async throws -> Session {
        try checkOpen()
        let past = if let moment { try await past(of: session, at: moment) } else { await session.fold }
        let id = try await forkID(id, of: session.key, at: past.seq, isTemporary: isTemporary)
        let key = SessionKey(agent: session.key.agent, session: id)
        let kind: SessionSummary.Kind = SessionID.isTemporary(id) ? .temporary : .lasting
        let summary = SessionSummary(key: key, kind: kind, created: time.now, origin: .fork)
        let fork = registry.session(key) { Session(summary, blueprint: session.blueprint, services: services) }
        do { try await fork.begin(asForkOf: session.key.session, at: past) } catch {
            if await fork.hasFailed { registry.remove(fork) }
            throw error
        }
        try await session.noteFork(id, of: past.seq, by: author)
        return fork
    }

    private func forkID(_ id: String?, of key: SessionKey, at seq: Int, isTemporary: Bool) async throws -> String {
        if let id {
            if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
            guard !isTemporary, !SessionID.isTemporary(id) else {
                throw RuntimeError.sessionInvalid("A temporary session's id is given by the runtime; leave 'as' out.")
            }
            let wanted = SessionKey(agent: key.agent, session: id)
            if try await isKnown(wanted) { throw RuntimeError.sessionExists(wanted) }
            return id
        }
        if isTemporary || SessionID.isTemporary(key.session) {
            return SessionID.temporaryPrefix + services.ids.ulid(at: time.now)
        }
        var number = 1
        while true {
            let id = "\(key.session)-fork-\(seq)" + (number == 1 ? "" : "-\(number)")
            if try await !isKnown(SessionKey(agent: key.agent, session: id)) { return id }
            number += 1
        }
    }

    func isKnown(_ key: SessionKey) async throws -> Bool {
        if registry.has(key) { return true }
        return try await services.summary(key) != nil
    }

    /// Makes a temporary session a lasting one, under another id. Its clients are let go.
    ///
    /// - Returns: the session under its new id.
    /// - Throws: ``RuntimeError`` `session_lasting`, `session_exists`, `session_id_invalid`, `busy`.
    package func keep(_ session: Session, as id: String, by author: ChangeAuthor) async throws -> Session {
        try checkOpen()
        let (old, new) = (session.key, SessionKey(agent: session.key.agent, session: id))
        guard session.kind == .temporary else {
            throw RuntimeError(.conflict, "session_lasting", "The session '\(old.session)' lasts already.")
        }
        if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
        guard !SessionID.isTemporary(id) else {
            throw RuntimeError.sessionInvalid(
                "'\(id)' is an id of a temporary session; take one that does not start with \(SessionID.temporaryPrefix)."
            )
        }
        if try await isKnown(new) { throw RuntimeError.sessionExists(new) }
        guard await session.isAtRest(withClients: true) else { throw RuntimeError.busy(old.session) }
        await note(author.method, by: author.name, in: session)
        try await session.close(with: .sessionKept(from: old.session)) { [store] in
            try await store.rename(old, to: new, as: nil)
        }
        return try await existingSession(new)
    }

    /// Deletes a session with everything that is its own, from disk too.
    package func delete(_ session: Session) async throws {
        let key = session.key
        try await session.close(with: nil) { [store] in try await store.remove([key]) }
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
