internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import NIOWebSocket
internal import SessionModel
internal import Synchronization
internal import WebSocket

/// Serves one connected inspector: reads requests, answers them, and sends what it watches.
struct InspectorConnection: Sendable {
    let methods: InspectionMethods
    let peer: InspectorState
    let log: Logger

    /// - Parameter revoked: returns when the inspector's token no longer lets it in; the connection is then closed with
    ///   1008 (policy violation, RFC 6455).
    func serve(_ connection: WebSocketConnection, until revoked: @escaping @Sendable () async throws -> Void) async {
        // Other processes' questions are not inspectors.
        let count = peer.isForwarded ? 0 : 1
        methods.inspectors.add(count)
        defer { methods.inspectors.add(-count) }
        do {
            try await connection.run { messages, writer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await converse(messages, RedactingWriter(writer: writer, redaction: methods.redaction))
                    }
                    group.addTask {
                        try await revoked()
                        throw WebSocketViolation(.policyViolation)
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        } catch {
            log.debug("An inspector's socket broke", metadata: ["error": "\(error)"])
        }
        await peer.abandonImports()
    }

    private func converse(_ messages: WebSocketMessages, _ line: RedactingWriter) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            let (prompt, slow) = (PromptRequests(), SlowRequests())
            let (queue, waiting) = AsyncStream.makeStream(
                of: (RPCRequest, MethodHandler).self,
                bufferingPolicy: .bufferingOldest(SlowRequests.maximum)
            )
            group.addTask {
                for await (request, handler) in queue { _ = try await answer(request, handler, line) }
            }
            for try await text in messages {
                guard let (request, handler) = try await read(text, line) else { continue }
                let made = request.params["as"]?.string
                let session = request.params["session"]?.string ?? made ?? ""
                switch handler.pace {
                case .prompt:
                    let place = await prompt.enter(session)
                    group.addTask { try await answerInTurn(request, handler, line, place)?(line) }
                case .slow where slow.begin(), .changing where session.isEmpty && slow.begin():
                    let turn = session.isEmpty ? nil : prompt.end(of: session)
                    group.addTask {
                        defer { slow.end() }
                        if let turn {
                            await turn.value
                            try Task.checkCancellation()
                        }
                        try await answer(request, handler, line)?(line)
                    }
                case .changing where slow.begin():
                    let place = prompt.enterToChange(session)
                    // A fork, or what it is kept as.
                    let other = made.flatMap { $0.isExactly(session) ? nil : prompt.enterToChange($0) }
                    group.addTask {
                        defer {
                            slow.end()
                            other?.leave()
                        }
                        await other?.turn?.value
                        try await answerInTurn(request, handler, line, place)?(line)
                    }
                case .slow, .changing: try await line.answer(request.id, .failure(Self.tooMany))
                case .oneByOne:
                    guard case .enqueued = waiting.yield((request, handler)) else {
                        try await line.answer(request.id, .failure(Self.tooMany))
                        continue
                    }
                }
            }
            waiting.finish()
            // What was read before the client went is carried out, and told to the audit log.
            await prompt.finish()
            group.cancelAll()
        }
    }

    private func answerInTurn(
        _ request: RPCRequest,
        _ handler: MethodHandler,
        _ line: RedactingWriter,
        _ place: PromptRequests.Place
    ) async throws -> MethodAnswer<JSON>.Following? {
        await place.turn?.value
        defer { place.leave() }
        try Task.checkCancellation()
        return try await answer(request, handler, line)
    }

    /// A request that may be carried out; anything else is answered here.
    private func read(_ text: String, _ line: RedactingWriter) async throws -> (RPCRequest, MethodHandler)? {
        var id = JSON.null
        do {
            guard case .request(let request) = try RPCMessage(parsing: text) else { return nil }
            id = request.id
            guard let handler = InspectionMethods.handler(of: request.method) else {
                throw RPCError.unknownMethod(request.method)
            }
            let method = handler.method
            guard peer.role >= method.role else {
                if method.isAudited { await AuditMethods(shared: methods).audit(request, by: peer, error: "forbidden") }
                throw RPCError.forbidden(request.method, needs: method.role)
            }
            return (request, handler)
        } catch let error as RPCError {
            if id.isNull { id = RPCMessage.readableID(in: text) }
            try await line.answer(id, .failure(error))
            return nil
        }
    }

    /// Carries a request out and answers it; what is to follow is left to the caller.
    private func answer(
        _ request: RPCRequest,
        _ handler: MethodHandler,
        _ line: RedactingWriter
    ) async throws -> MethodAnswer<JSON>.Following? {
        let method = handler.method
        let isAudited = method.isAudited && !peer.isForwarded
        do {
            let answer = try await handler.run(methods, peer, request.params)
            if isAudited { await AuditMethods(shared: methods).audit(request, by: peer, error: nil) }
            try await line.answer(request.id, .success(answer.result), isRevealed: answer.isRevealed)
            return answer.following
        } catch let error as RuntimeError where error.address != nil && methods.owners != nil && !peer.isForwarded {
            // A node that hosts the agent need not be the one that has the session.
            let owner = error.code.isExactly("agent_elsewhere") ? await address(of: request) : nil
            let address = owner ?? error.address ?? ""
            try await answerElsewhere(request, isAudited: isAudited, at: address, line)
        } catch {
            guard let failure = error as? RPCError ?? (error as? RuntimeError).map(RPCError.init) else { throw error }
            if isAudited { await AuditMethods(shared: methods).audit(request, by: peer, error: failure.code) }
            try await line.answer(request.id, .failure(failure))
        }
        return nil
    }

    /// Where the session is that a request is about.
    private func address(of request: RPCRequest) async -> String? {
        guard let agent = request.params["agent"]?.string, let session = request.params["session"]?.string else {
            return nil
        }
        return try? await methods.runtime.address(of: SessionKey(agent: agent, session: session))
    }

    /// Has the process that has the session carry a request out.
    private func answerElsewhere(
        _ request: RPCRequest,
        isAudited: Bool,
        at address: String,
        _ line: RedactingWriter
    ) async throws {
        var result: Result<JSON, RPCError>
        do {
            guard let owners = methods.owners else { throw RuntimeError.ownerUnreachable(address) }
            result = .success(try await owners.answer(request, of: peer, at: address))
        } catch {
            guard let failure = error as? RPCError ?? (error as? RuntimeError).map(RPCError.init) else { throw error }
            result = .failure(failure)
        }
        var code: String?
        if case .failure(let failure) = result { code = failure.code }
        if isAudited { await AuditMethods(shared: methods).audit(request, by: peer, error: code) }
        // That process has hidden what is hidden.
        try await line.answer(request.id, result, isRevealed: true)
    }

    private static let tooMany = RPCError.failed(
        "too_many_requests",
        "\(SlowRequests.maximum) requests of this connection are still under way.",
        hint: "Wait for their answers."
    )
}

extension RPCError {
    /// A refusal of the runtime as the protocol tells it.
    init(_ error: RuntimeError) {
        let number =
            switch error.kind {
            case .malformed, .unauthorized: -32602
            case .notFound: -32004
            case .conflict, .mismatch: -32009
            case .tooMany, .failed, .unreachable, .unavailable, .timeout: -32000
            }
        self.init(number, error.code, error.message)
    }
}

extension RPCError {
    init(_ error: FilterError) {
        self.init(-32602, "invalid_filter", error.message, position: error.position)
    }
}

/// How many inspectors are connected.
final class InspectorCount: Sendable {
    private let count = Mutex(0)
    private let mergedChanges = Mutex(0)

    var now: Int { count.withLock { $0 } }
    func add(_ change: Int) { count.withLock { $0 += change } }

    /// Changes of the list that were told together with a later one, since the start.
    var merged: Int { mergedChanges.withLock { $0 } }
    func merge(_ changes: Int) { mergedChanges.withLock { $0 += changes } }
}
