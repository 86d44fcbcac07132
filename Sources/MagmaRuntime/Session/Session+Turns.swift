internal import Magma
internal import SessionModel
internal import WorkPool

/// Hears a turn's progress; called in order, must not wait.
package typealias TurnListener = @Sendable (TurnProgress) -> Void

/// When messages count as accepted.
package enum TurnAcceptance: Sendable {
    /// When they are stored, since someone is told so.
    case stored
    /// At once; they are stored soon, and before the turn is answered.
    case storedSoon
}

extension Session {
    /// Accepts messages as a turn, which follows; see ``Runtime/send(_:to:origin:request:acceptance:listener:)``.
    ///
    /// - Throws: ``RuntimeError`` `busy`, `queue_full`, `session_ended`, `setup_failed`.
    func start(
        _ messages: [Message],
        request: KeptRequest?,
        acceptance: TurnAcceptance,
        listener: TurnListener?,
        conditions: TurnConditions? = nil,
        work: InFlightWork
    ) async throws -> TurnTicket {
        guard !messages.isEmpty else {
            throw RuntimeError(.malformed, "messages_missing", "A turn needs at least one message.")
        }
        if !lifecycle.isAwake { try await open() }
        let limit = services.limits.contextMessages
        guard fold.messages.count + messages.count <= limit else { throw RuntimeError.contextFull(key.session, limit) }
        var accepted: [Message] = []
        for var message in messages {
            if message.role == .user, !agent.leavesOut(.receive) { message = try await received(message) }
            message.id = newMessageID()
            accepted.append(message)
        }
        // The agent's code may have suspended, and the session may have changed meanwhile.
        if !lifecycle.isAwake { try await open() }
        let turn = Turn(
            id: "turn_" + services.ids.ulid(at: services.time.now),
            listener: listener,
            request: request,
            conditions: conditions,
            start: services.time.uptime
        )
        let admission = turns.enter(turn.id, policy: blueprint.policy)
        switch admission {
        case .refuse(.busy): throw RuntimeError.busy(key.session)
        case .refuse(.full): throw RuntimeError.queueFull(key.session)
        case .run, .wait: break
        }
        touch()
        let added = accepted.map { (id: $0.id, seq: record(.messageAdded($0), turn: turn.id)) }
        let input = Turn.Input(ids: added.map(\.id), seq: added[0].seq)
        if case .whenAccepted(let key) = request { keep(.accepted(turn.id, seq: input.seq), to: key) }
        work.begin()
        // It runs at once, up to where it first waits for something.
        let task = Task.immediate(executorPreference: WorkPool.shared) {
            defer {
                turns.forget(turn.id)
                work.end()
            }
            if admission != .run, await !turns.place(of: turn.id).value { return try await withdrawn(turn, input) }
            defer { turns.leave() }
            var execution = TurnExecution(session: self, turn: turn, input: input)
            return try await execution.run(on: self)
        }
        turns.carryOut(turn.id, in: task)
        switch acceptance {
        case .stored: try await store()
        case .storedSoon: try storeSoon()
        }
        return TurnTicket(turn: turn.id, seq: input.seq, task: task)
    }

    /// Stops the turn in flight, or that one.
    ///
    /// - Returns: whether there was one.
    func cancel(turn: String?) -> Bool { turns.cancel(turn) }

    func cancelAllTurns() { turns.cancelAll() }

    /// What a turn that was cancelled is answered.
    var cancellation: RuntimeError { services.deadlines.isOver ? .cutOff() : .cancelled() }

    private func received(_ message: Message) async throws -> Message {
        do {
            return try await SessionHandle.$current.withValue(handle()) { try await agent.receive(message) }
        } catch { throw RuntimeError.turnFailed("\(error)") }
    }

    private func withdrawn(_ turn: Turn, _ input: Turn.Input) async throws -> TurnReply {
        let isSuperseded = turns.queue.isSuperseded(turn.id)
        let result = TurnResult(status: isSuperseded ? .superseded : .cancelled)
        record(.turnFinished(result), cause: input.seq, turn: turn.id)
        let error = isSuperseded ? RuntimeError.superseded() : cancellation
        keepAnswer(.failure(error), of: turn)
        try await store()
        throw error
    }

    /// Has the answer to the turn's request stored with what ends the turn. One that the shutdown cut off was not done: a
    /// later try with the same key does it.
    func keepAnswer(_ result: Result<TurnReply, RuntimeError>, of turn: Turn) {
        if case .failure(let error) = result, error == .cutOff() { return }
        if case .whenDone(let key, let answer) = turn.request { keep(answer(result), to: key) }
    }
}

/// A turn's identity and who listens to it.
struct Turn: Sendable {
    /// The user messages that it answers, and the event of the first of them.
    struct Input: Sendable {
        let ids: [String]
        let seq: Int
    }

    let id: String
    let listener: TurnListener?
    let request: KeptRequest?
    /// For one that repeats a recorded one.
    let conditions: TurnConditions?
    /// The runtime's uptime when it was accepted.
    let start: Double
}
