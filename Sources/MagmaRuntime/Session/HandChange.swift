internal import Magma
internal import SessionModel

/// An inspector's change of a session's context and state: all of it or nothing, and no other work runs meanwhile.
struct HandChange {
    let session: Session
    let author: ChangeAuthor
    /// The last event that the caller has seen; `nil` when newer events do not matter.
    let expect: Int?

    /// Sets context and state back to what they were, as new events: nothing is erased.
    ///
    /// - Parameters:
    ///   - moment: what they were.
    ///   - snapshot: the name of the snapshot that it was kept under.
    /// - Returns: the last event afterwards.
    /// - Throws: ``RuntimeError`` `stale`, `busy`, `state_invalid`, `session_ended`.
    func restore(to moment: SessionFold, snapshot: String?) async throws -> Int {
        try await restore(to: moment, snapshot: snapshot, on: session)
    }

    private func restore(to moment: SessionFold, snapshot: String?, on session: isolated Session) async throws -> Int {
        try await carryOut(on: session) { cause in
            try await session.replaceState(moment.state, insteadOf: session.fold.state)
            session.record(.sessionRestored(to: moment.seq, snapshot: snapshot, moment.picture), cause: cause)
        }
    }

    /// Carries out an edit.
    ///
    /// - Returns: the last event afterwards.
    /// - Throws: ``RuntimeError`` `stale`, `busy`, `session_ended`, and `edit_invalid` or `state_invalid`, which say what
    ///   does not fit.
    func edit(_ edit: SessionEdit) async throws -> Int { try await self.edit(edit, on: session) }

    private func edit(_ edit: SessionEdit, on session: isolated Session) async throws -> Int {
        try await carryOut(on: session) { cause in
            let steps = try checked(edit.context, on: session)
            var state = session.fold.state
            do { state = try state.applying(edit.state) } catch let error as JSONPatchError where error.isTest {
                throw RuntimeError(
                    .conflict,
                    "stale",
                    "The state of the session '\(session.key.session)' has changed since you saw it: \(error)."
                )
            } catch {
                throw RuntimeError(.malformed, "edit_invalid", "The patch of the state does not fit: \(error).")
            }
            guard state.object != nil else {
                throw RuntimeError(.malformed, "edit_invalid", "The patched state is not an object.")
            }
            let patch = JSONPatch(from: session.fold.state, to: state)
            if !patch.isEmpty {
                try checkFields(state, session.blueprint)
                try session.checkSize(of: state)
                try await session.replaceState(state, insteadOf: session.fold.state)
                try await checkKept(patch, of: state, insteadOf: session.fold.state, session.agent)
                session.record(.stateChanged(patch), cause: cause)
                session.presence.recover(from: "state")
            }
            // Together, in time linear in the messages of the context.
            session.buffer.record(contentsOf: steps, at: session.eventTime(), cause: cause)
        }
    }

    /// Runs `work` with exclusive access to the session.
    private func carryOut(
        on session: isolated Session,
        _ work: (_ cause: Int) async throws -> Void
    ) async throws -> Int {
        try await session.open()
        if let expect, session.fold.seq != expect { throw await stale(since: expect, on: session) }
        guard !session.isWorking else { throw RuntimeError.busy(session.key.session) }
        session.lifecycle.beginChange()
        defer { session.lifecycle.settle(.awake) }
        let cause = session.fold.seq + 1
        let before = session.buffer.mark
        session.record(.inspectorActed(by: author.name, method: author.method))
        do { try await work(cause) } catch {
            session.buffer.drop(backTo: before)
            throw error
        }
        await session.captureState(cause: cause)
        session.touch()
        try await session.store()
        return session.fold.seq
    }

    /// Says how far the session has moved on, and with what.
    private func stale(since seq: Int, on session: isolated Session) async -> RuntimeError {
        let events = (try? await session.services.store.events(of: session.key, after: seq, limit: 1000)) ?? []
        let kinds = Dictionary(grouping: events, by: \.body.kind).mapValues(\.count)
        let words = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        let came = words.isEmpty ? "" : " What came since: \(words.joined(separator: ", "))."
        return RuntimeError(
            .conflict,
            "stale",
            "The session '\(session.key.session)' has moved on to event \(session.fold.seq); you have seen it up to \(seq).\(came)"
        )
    }

    /// Checks that the agent kept what was written: its dictionaries may treat two names as equal, as Swift strings do.
    private func checkKept(
        _ patch: JSONPatch,
        of state: JSON,
        insteadOf before: JSON,
        _ agent: any AgentInstance
    ) async throws {
        guard patch.steps.contains(where: { if case .add = $0 { true } else { false } }) else { return }
        let kept = try await agent.readState()
        for step in patch.steps {
            guard case .add(let path, _) = step, let name = path.pieces.last,
                let parent = try? state.value(at: JSONPointer(path.pieces.dropLast())), parent.object != nil,
                (try? kept.value(at: path)) == nil
            else { continue }
            try? await agent.writeState(before.object ?? [:])
            throw RuntimeError.notKept(name)
        }
    }

    private func checkFields(_ state: JSON, _ blueprint: AgentBlueprint) throws {
        guard let unknown = state.object?.names.first(where: { !blueprint.fieldNames.containsExactly($0) }) else {
            return
        }
        throw RuntimeError.fieldUnknown(unknown, of: blueprint)
    }

    private func checked(_ steps: [SessionEdit.Step], on session: isolated Session) throws -> [SessionEvent.Body] {
        // Of several with one id the last one counts.
        let seen = Dictionary(session.fold.messages.map { (ExactString($0.id), $0) }) { $1 }
        var present = Set(seen.keys)
        return try steps.map { step in
            switch step {
            case .add(var message):
                message.id = session.newMessageID()
                present.insert(ExactString(message.id))
                return .messageAdded(message)
            case .change(let message, let check):
                guard present.contains(ExactString(message.id)) else { throw Self.noMessage(message.id) }
                try Self.run(check, on: seen[ExactString(message.id)])
                return .messageChanged(message)
            case .remove(let id, let check):
                guard present.remove(ExactString(id)) != nil else { throw Self.noMessage(id) }
                try Self.run(check, on: seen[ExactString(id)])
                return .messageRemoved(id: id)
            }
        }
    }

    /// - Parameter message: as it is now; `nil` for one that the same edit adds.
    private static func run(_ check: SessionEdit.Check?, on message: Message?) throws {
        guard let check, let message, !check(message) else { return }
        throw RuntimeError(
            .conflict,
            "stale",
            "The message '\(message.id.prefix(bytes: 80))' has changed since you saw it; look at it again."
        )
    }

    private static func noMessage(_ id: String) -> RuntimeError {
        RuntimeError(.malformed, "edit_invalid", "There is no message '\(id.prefix(bytes: 80))' in the context.")
    }
}
