internal import Magma
internal import SessionModel
internal import Synchronization

/// Carries one turn out, from the first completion to the reply, on its session.
struct TurnExecution {
    let session: Session
    let turn: Turn
    let input: Turn.Input
    /// The event of its beginning.
    private(set) var seq = 0
    private var usage = Usage()
    private var stopReason = StopReason.unknown
    /// Messages that the turn added after its input.
    var added: [String] = []
    private var settings = TurnSettings()

    init(session: Session, turn: Turn, input: Turn.Input) {
        self.session = session
        self.turn = turn
        self.input = input
    }

    mutating func run(on session: isolated Session) async throws -> TurnReply {
        let started = SessionEvent.Body.turnStarted(input: input.ids, trace: TraceContext.current?.trace)
        seq = session.record(started, cause: input.seq, turn: turn.id)
        session.begin("thinking")
        session.ledger.begin(turn.id, with: session.fold.state)
        defer { session.ledger.endTurn() }
        let scope = session.handle(because: SessionHandle.Cause(event: seq, turn: turn.id))
        let outcome = await SessionHandle.$current.withValue(scope) { () -> Result<Message, any Error> in
            do { return .success(try await finalMessage(on: session)) } catch { return .failure(error) }
        }
        session.finish("thinking")
        session.services.feed.update(session.key) {
            $0.turn = nil
            $0.streamed = nil
        }
        let duration = session.services.time.uptime - turn.start
        await session.captureState(cause: seq, turn: turn.id)
        let message: Message
        switch outcome {
        case .success(let answer): message = answer
        case .failure(let error): throw try await refusal(because: error, after: duration, on: session)
        }
        let result = TurnResult(status: .finished, stopReason: stopReason, usage: usage, duration: duration)
        close(result, on: session)
        let reply = TurnReply(message: message, usage: usage, stopReason: stopReason)
        session.keepAnswer(.success(reply), of: turn)
        try await session.store()
        return reply
    }

    // MARK: The way of a turn

    private mutating func finalMessage(on session: isolated Session) async throws -> Message {
        try Task.checkCancellation()
        if !session.blueprint.middleware.isEmpty, let answer = try await beforeCompletion(on: session) { return answer }
        if !session.agent.leavesOut(.settings), let question = question(on: session) {
            settings = try await session.agent.settings(for: question)
        }
        turn.conditions?.apply(to: &settings)
        for _ in 0..<session.services.limits.completionsPerTurn {
            let isPlain = session.blueprint.middleware.isEmpty
            let message = try await isPlain ? add(complete(on: session), on: session) : completed(on: session)
            guard !message.toolCalls.isEmpty else {
                if isPlain { return message }
                return try await passMiddleware(.onMainFinish, message, cause: seq, on: session) ?? message
            }
            try await runTools(of: message, on: session)
        }
        throw TurnProblem(
            "the model called tools \(session.services.limits.completionsPerTurn) times without an answer"
        )
    }

    /// The last message that the turn answers; messages of turns that wait may already stand behind it.
    private func question(on session: isolated Session) -> Message? {
        session.fold.messages.last { $0.id == input.ids.last }
    }

    /// preCompletion: a changed message replaces the one in the context; a thrown error removes it and is the reply.
    private func beforeCompletion(on session: isolated Session) async throws -> Message? {
        guard let message = question(on: session) else { return nil }
        do {
            let changed = try await passMiddleware(.preCompletion, message, cause: seq, on: session)
            if let changed, changed != message { session.record(.messageChanged(changed), cause: seq, turn: turn.id) }
            return nil
        } catch let error as MiddlewareFailure {
            session.record(.messageRemoved(id: message.id), cause: seq, turn: turn.id)
            return .assistant(error.text)
        }
    }

    /// One completion that passes its middleware.
    private mutating func completed(on session: isolated Session) async throws -> Message {
        var tries = 0
        while true {
            let answer = try await complete(on: session)
            var message = add(answer, on: session)
            tries += 1
            do {
                message = try await passMiddleware(.onCompletion, message, cause: answer.seq, on: session) ?? message
                if !message.toolCalls.isEmpty {
                    message =
                        try await passMiddleware(.preToolExecution, message, cause: answer.seq, on: session) ?? message
                }
                if message != answer.message {
                    session.record(.messageChanged(message), cause: answer.seq, turn: turn.id)
                }
                return message
            } catch let error as MiddlewareFailure {
                if tries >= MiddlewareFailure.maximumTries {
                    guard error.isCritical else { return message }
                    throw TurnProblem("the middleware '\(error.name)' refused \(tries) answers: \(error.text)")
                }
                reject(message, because: error, on: session)
            }
        }
    }

    /// The assistant's message leaves the context; the model is told why.
    private mutating func reject(_ message: Message, because error: MiddlewareFailure, on session: isolated Session) {
        session.record(.messageRemoved(id: message.id), cause: seq, turn: turn.id)
        var note = Message.system(error.text)
        note.id = session.newMessageID()
        session.record(.messageAdded(note), cause: seq, turn: turn.id)
        added.append(note.id)
    }

    /// A completion's message comes into the context.
    private mutating func add(_ answer: (message: Message, seq: Int), on session: isolated Session) -> Message {
        session.record(.messageAdded(answer.message), cause: answer.seq, turn: turn.id)
        added.append(answer.message.id)
        return answer.message
    }

    /// - Returns: the message, which is not in the context yet, and the event of the completion's end.
    private mutating func complete(on session: isolated Session) async throws -> (message: Message, seq: Int) {
        let provider = settings.provider ?? session.blueprint.provider ?? session.services.provider
        let messages = session.fold.messages
        let window = Array(messages[ContextWindow.start(in: messages, limit: session.blueprint.messageContext)...])
        let context = ValidContext(window)
        var request = CompletionRequest(
            agent: session.key.agent,
            system: session.agent.leavesOut(.instructions) ? "" : await session.agent.instructions(),
            messages: context.messages,
            tools: session.blueprint.toolNames.isEmpty ? [] : await session.agent.enabledTools(),
            settings: settings
        )
        request.isPlainText = context.isPlainText
        let started = session.record(
            .completionStarted(
                provider: provider.name,
                model: settings.model ?? provider.model,
                window: window.map(\.id)
            ),
            cause: seq,
            turn: turn.id
        )
        if let note = context.note { session.record(.log(level: "warning", text: note), cause: started, turn: turn.id) }
        try session.storeSoon()
        let begin = session.services.time.uptime
        let id = session.newMessageID()
        do {
            let streamed = StreamedText()
            let completion = try await provider.complete(request, onDelta: deltas(of: id, streamed, on: session))
            try Task.checkCancellation()
            if let (piece, text) = streamed.takeRest() { turn.listener?(.delta(id: id, piece, buffer: text)) }
            let message = Message(id: id, role: .assistant, blocks: completion.blocks)
            try message.checkNesting()
            usage = usage + completion.usage
            settings.toolChoice = .automatic
            if !session.agent.leavesOut(.onUsage) { await session.agent.heard(completion.usage) }
            stopReason = completion.stopReason
            let finished = finish(completion, since: begin, cause: started, on: session)
            return (message, finished)
        } catch {
            let failure = SessionEvent.Body.completionFinished(
                stopReason: nil,
                usage: Usage(),
                duration: session.services.time.uptime - begin,
                error: Task.isCancelled ? "cancelled" : "\(error)"
            )
            session.record(failure, cause: started, turn: turn.id)
            throw error
        }
    }

    private func deltas(
        of id: String,
        _ streamed: StreamedText,
        on session: Session
    ) -> @Sendable (String) -> Void {
        let (feed, key, turn) = (session.services.feed, session.key, turn)
        return { piece in
            streamed.append(piece)
            feed.update(key) {
                $0.turn = turn.id
                $0.streamed = streamed
            }
            guard let listener = turn.listener, let (piece, text) = streamed.take() else { return }
            listener(.delta(id: id, piece, buffer: text))
        }
    }

    // MARK: The end

    /// Takes back what a turn has done that failed or was stopped, and ends it.
    ///
    /// - Returns: what to answer.
    private func refusal(
        because error: any Error,
        after duration: Double,
        on session: isolated Session
    ) async throws -> RuntimeError {
        let isSuperseded = session.turns.queue.isSuperseded(turn.id)
        let isCancelled = error is CancellationError || Task.isCancelled
        await takeBack(wholly: !isCancelled, on: session)
        let status: TurnResult.Status = isSuperseded ? .superseded : isCancelled ? .cancelled : .failed
        let text = status == .failed ? "\(error)" : nil
        if status == .failed { await tell(error, on: session) }
        close(TurnResult(status: status, usage: usage, duration: duration, error: text), on: session)
        let refusal =
            switch status {
            case .superseded: RuntimeError.superseded()
            case .cancelled: session.cancellation
            default: RuntimeError.turnFailed("\(error)")
            }
        session.keepAnswer(.failure(refusal), of: turn)
        try await session.store()
        return refusal
    }

    private func tell(_ error: any Error, on session: isolated Session) async {
        await SessionHandle.$current.withValue(session.handle()) { await session.agent.failed(error) }
        await session.captureState(cause: seq, turn: turn.id)
    }

    /// Context and state as they were before a turn that failed; one that was interrupted keeps the user's words and
    /// what tools have done, but leaves no half of a tool call behind.
    private func takeBack(wholly: Bool, on session: isolated Session) async {
        let gone = Set(added + (wholly ? input.ids : []))
        // From the end, where taking one out moves nothing.
        for message in session.fold.messages.reversed() where gone.contains(message.id) {
            session.record(.messageRemoved(id: message.id), cause: seq, turn: turn.id)
        }
        if wholly { await restoreFields(on: session) }
        await session.captureState(cause: seq, turn: turn.id)
    }

    private func finish(
        _ completion: Completion,
        since begin: Double,
        cause: Int,
        on session: isolated Session
    ) -> Int {
        let usage = completion.usage
        let summary = session.presence.summary
        session.presence.summary.inputTokens = summary.inputTokens.addingCount(usage.input)
        session.presence.summary.outputTokens = summary.outputTokens.addingCount(usage.output)
        return session.record(
            .completionFinished(
                stopReason: completion.stopReason,
                usage: usage,
                duration: session.services.time.uptime - begin,
                error: nil
            ),
            cause: cause,
            turn: turn.id
        )
    }

    private func close(_ result: TurnResult, on session: isolated Session) {
        let finished = session.record(.turnFinished(result), cause: seq, turn: turn.id)
        session.services.meter.turn(milliseconds: result.duration, isFailure: result.status == .failed)
        switch result.status {
        case .failed:
            let text = result.error ?? "The turn failed."
            session.presence.summary.trouble = .init(kind: "turn", seq: finished, text: text)
        case .finished: session.presence.recover(from: "turn")
        case .superseded, .cancelled, .interrupted: break
        }
        session.touch()
    }

    /// Gives fields that the turn has changed the value that they would have without it.
    private func restoreFields(on session: isolated Session) async {
        let changed = session.ledger.changed(in: session.fold.state)
        guard !changed.isEmpty, let now = session.fold.state.object else { return }
        do { try await session.agent.putBack(changed, from: now) } catch {
            session.record(
                .log(level: "error", text: "The state could not be put back: \(error)"),
                cause: seq
            )
        }
    }
}
