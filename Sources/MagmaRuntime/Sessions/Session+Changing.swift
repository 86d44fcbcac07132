internal import Magma
package import SessionModel

/// Someone who changes a session by hand, as its journal names them.
package struct ChangeAuthor: Sendable {
    /// The token's name.
    package let name: String
    package let method: String

    package init(name: String, method: String) {
        self.name = name
        self.method = method
    }
}

/// Changes of state and context by hand: all of them or none.
package struct SessionEdit: Sendable {
    /// Whether a message is still what whoever makes the edit has seen.
    package typealias Check = @Sendable (Message) -> Bool

    package enum Step: Sendable {
        /// At the end of the context; the message gets an id.
        case add(Message)
        /// The message with this one's id becomes this one, if it still is what was seen.
        case change(Message, seen: Check? = nil)
        case remove(id: String, seen: Check? = nil)

        var isAdded: Bool { if case .add = self { true } else { false } }

        var testsItself: Bool {
            switch self {
            case .add: false
            case .change(_, let seen), .remove(_, let seen): seen != nil
            }
        }
    }

    package var state: JSONPatch
    package var context: [Step]

    package init(state: JSONPatch = JSONPatch(), context: [Step] = []) {
        self.state = state
        self.context = context
    }

    /// Whether it is refused by itself where the session is other than whoever makes it has seen.
    package var testsItself: Bool {
        (state.isEmpty || state.tests) && context.allSatisfy { $0.isAdded || $0.testsItself }
            && (state.tests || context.contains(where: \.testsItself))
    }
}

// MARK: Going back, and changing by hand

extension Session {
    /// Sets context and state back to what they were, as new events: nothing is erased.
    ///
    /// - Parameters:
    ///   - moment: what they were.
    ///   - expect: the last event that whoever asks has seen; `nil` when it does not matter what has come since.
    /// - Returns: the last event afterwards.
    /// - Throws: ``RuntimeError`` `stale`, `busy`, `state_invalid`, `session_ended`.
    func restore(to moment: SessionFold, snapshot: String?, expect: Int?, by author: ChangeAuthor) async throws
        -> Int
    {
        try await change(expecting: expect, by: author) { cause in
            try await self.replaceState(moment.state, insteadOf: self.fold.state)
            self.record(.sessionRestored(to: moment.seq, snapshot: snapshot, moment.picture), cause: cause)
        }
    }

    /// Carries out an edit.
    ///
    /// - Parameter expect: the last event that whoever asks has seen; `nil` when the edit tests by itself what it changes.
    /// - Returns: the last event afterwards.
    /// - Throws: ``RuntimeError`` `stale`, `busy`, `session_ended`, and `edit_invalid` or `state_invalid`, which say what
    ///   does not fit.
    func edit(_ edit: SessionEdit, expect: Int?, by author: ChangeAuthor) async throws -> Int {
        try await change(expecting: expect, by: author) { cause in
            let steps = try self.checked(edit.context)
            var state = self.fold.state
            do { state = try state.applying(edit.state) } catch let error as JSONPatchError where error.isTest {
                throw RuntimeError(
                    .conflict,
                    "stale",
                    "The state of the session '\(self.key.session)' has changed since you saw it: \(error)."
                )
            } catch {
                throw RuntimeError(.malformed, "edit_invalid", "The patch of the state does not fit: \(error).")
            }
            guard state.object != nil else {
                throw RuntimeError(.malformed, "edit_invalid", "The patch leaves a state that is no object.")
            }
            let patch = JSONPatch(from: self.fold.state, to: state)
            if !patch.isEmpty {
                try self.checkFields(state)
                try self.checkSize(of: state)
                try await self.replaceState(state, insteadOf: self.fold.state)
                try await self.checkKept(patch, of: state, insteadOf: self.fold.state)
                self.record(.stateChanged(patch), cause: cause)
                self.recover(from: "state")
            }
            for step in steps { self.record(step, cause: cause) }
        }
    }

    /// Keeps everyone else out while the session is changed by hand.
    private func change(
        expecting seq: Int?,
        by author: ChangeAuthor,
        _ work: (_ cause: Int) async throws -> Void
    ) async throws -> Int {
        try await open()
        if let seq, fold.seq != seq { throw await stale(since: seq) }
        guard isAtRest(withClients: true) else { throw RuntimeError.busy(key.session) }
        return try await withExclusiveAccess {
            let cause = self.fold.seq + 1
            let before = self.buffer.mark
            self.record(.inspectorActed(by: author.name, method: author.method))
            do { try await work(cause) } catch {
                self.buffer.drop(backTo: before)
                throw error
            }
            await self.captureState(cause: cause)
            self.touch()
            try await self.store()
            return self.fold.seq
        }
    }

    /// Says how far the session has moved on, and with what.
    private func stale(since seq: Int) async -> RuntimeError {
        let events = (try? await services.store.events(of: key, after: seq, limit: 1000)) ?? []
        let kinds = Dictionary(grouping: events, by: \.body.kind).mapValues(\.count)
        let words = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        let came = words.isEmpty ? "" : " What came since: \(words.joined(separator: ", "))."
        return RuntimeError(
            .conflict,
            "stale",
            "The session '\(key.session)' has moved on to event \(fold.seq); you have seen it up to \(seq).\(came)"
        )
    }

    /// Whether the agent has what was written: a dictionary of its own may take two names for one, as Swift's texts do.
    private func checkKept(_ patch: JSONPatch, of state: JSON, insteadOf before: JSON) async throws {
        guard patch.steps.contains(where: { if case .add = $0 { true } else { false } }) else { return }
        let kept = try await agent.readState()
        for step in patch.steps {
            guard case .add(let path, _) = step, let name = path.pieces.last,
                let parent = try? state.value(at: JSONPointer(path.pieces.dropLast())), parent.object != nil,
                (try? kept.value(at: path)) == nil
            else { continue }
            try? await agent.writeState(before.object ?? [:])
            throw RuntimeError(
                .malformed,
                "state_invalid",
                "The agent does not keep '\(name.prefix(bytes: 80))' beside what it has; to it both names may be the same."
            )
        }
    }

    /// Has the agent take a state over, whole or not at all. Fields that the state lacks get what they have in a new
    /// session.
    private func replaceState(_ state: JSON, insteadOf before: JSON) async throws {
        var members = try await blueprint.make().readState().object ?? [:]
        for (name, value) in state.object ?? [:] { members[name] = value }
        do { try await agent.writeState(members) } catch {
            try? await agent.writeState(before.object ?? [:])
            throw RuntimeError.stateInvalid(error)
        }
    }

    private func checkFields(_ state: JSON) throws {
        guard let unknown = state.object?.names.first(where: { !blueprint.fieldNames.containsExactly($0) }) else {
            return
        }
        throw RuntimeError.fieldUnknown(unknown, of: blueprint)
    }

    private func checked(_ steps: [SessionEdit.Step]) throws -> [SessionEvent.Body] {
        var present = Set(fold.messages.map { ExactString($0.id) })
        return try steps.map { step in
            switch step {
            case .add(var message):
                message.id = newMessageID()
                present.insert(ExactString(message.id))
                return .messageAdded(message)
            case .change(let message, let seen):
                guard present.contains(ExactString(message.id)) else { throw Self.noMessage(message.id) }
                try check(message.id, seen)
                return .messageChanged(message)
            case .remove(let id, let seen):
                guard present.remove(ExactString(id)) != nil else { throw Self.noMessage(id) }
                try check(id, seen)
                return .messageRemoved(id: id)
            }
        }
    }

    private func check(_ id: String, _ seen: SessionEdit.Check?) throws {
        guard let seen, let message = fold.messages.last(where: { $0.id.isExactly(id) }), !seen(message) else { return }
        throw RuntimeError(
            .conflict,
            "stale",
            "The message '\(id.prefix(bytes: 80))' has changed since you saw it; look at it again."
        )
    }

    private static func noMessage(_ id: String) -> RuntimeError {
        RuntimeError(.malformed, "edit_invalid", "There is no message '\(id.prefix(bytes: 80))' in the context.")
    }
}

// MARK: Snapshots, forks, and the end

extension Session {
    /// Notes in the journal who did what to the session.
    func note(_ author: ChangeAuthor) async {
        record(.inspectorActed(by: author.name, method: author.method))
        try? await store()
    }

    /// Notes in the journal that a snapshot was taken.
    func noteSnapshot(_ snapshot: Snapshot, by author: ChangeAuthor) async throws {
        let cause = record(.inspectorActed(by: author.name, method: author.method))
        record(.snapshotTaken(name: snapshot.name, of: snapshot.fold.seq), cause: cause)
        try await store()
    }

    /// Notes in the journal that another session was made of this one; it is stored with `fork`, what that one begins with,
    /// or neither is.
    func noteFork(_ fork: JournalEntry, of seq: Int, by author: ChangeAuthor) async throws {
        let cause = record(.inspectorActed(by: author.name, method: author.method))
        record(.sessionForked(.to(session: fork.key.session, seq: seq)), cause: cause)
        try await store(with: fork)
    }

    /// Begins with another session's context and state; `setup` does not run, and jobs are paused. The journals of both are
    /// stored together.
    func begin(asForkOf origin: String, at moment: SessionFold, by author: ChangeAuthor) async throws {
        try await replaceState(moment.state, insteadOf: [:])
        record(.sessionCreated(origin: summary.origin, temporary: kind == .temporary))
        record(.sessionForked(.from(session: origin, seq: moment.seq, moment.picture)), cause: 1)
        let jobs = blueprint.sessionJobs
        lanes = JobLanes(jobs, paused: Set(jobs))
        await captureState(cause: 1)
        let first = firstEntry()
        try await directory.withSession(SessionKey(agent: key.agent, session: origin), .viewing) {
            try await $0.noteFork(first, of: moment.seq, by: author)
        }
        isStored = true
    }

    /// Leaves memory for good, after `work` on what is stored: it is kept under another id, or deleted.
    ///
    /// - Parameter last: the last events of this object.
    func close(with last: [SessionEvent.Body], _ work: @escaping () async throws -> Void) async throws {
        let isEnded = hasEnded
        let isAwake = summary.status == .awake
        for task in turnTasks.values { task.cancel() }
        clients?.finish()
        var failure: (any Error)?
        // Whether the store lists it among those it does not know to be awake.
        var isListed = !isAwake
        await change {
            do {
                if isAwake {
                    await SessionHandle.$current.withValue(self.handle) { await self.agent.cleanUp() }
                    await self.captureState(cause: self.fold.seq)
                }
                for body in last { self.record(body) }
                if !isEnded { self.summary.status = .asleep }
                do {
                    try await self.store(isChanged: true, isLast: true)
                    isListed = true
                } catch {
                    // What is deleted need not be stored first, and cannot be where the disk is full.
                    if !last.isEmpty { throw error }
                }
                try await work()
            } catch { failure = error }
            self.directory.remove(self)
            // What could be neither stored nor deleted is still there, and nobody else would list it.
            if failure == nil || isListed { self.directory.index.remove(self.key) }
            self.services.feed.dismiss(self.key)
            return .gone
        }
        if let failure { throw failure }
    }
}
