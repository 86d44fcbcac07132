package import Logging
internal import Magma
package import MagmaRuntime
internal import NIOHTTP1
internal import SessionModel
package import WebSocket
internal import WorkPool

/// The agent API: answers HTTP requests (chats, hooks, health and metrics), and accepts chats over WebSocket.
package struct APIResponder: Sendable {
    let runtime: Runtime
    let configuration: AgentAPIConfiguration
    let limiter: RateLimiter
    private let bodies: BodyBudget
    private let addresses = KnownAddresses()
    let inspectors: @Sendable () -> Int
    /// `nil` where no other process uses the store.
    let forwarder: RequestForwarder?
    let log: Logger

    /// - Parameter inspectors: how many inspectors are connected, for the metrics.
    package init(
        runtime: Runtime,
        configuration: AgentAPIConfiguration,
        inspectors: @escaping @Sendable () -> Int,
        forwarder: RequestForwarder? = nil,
        log: Logger
    ) {
        self.runtime = runtime
        self.configuration = configuration
        self.inspectors = inspectors
        self.forwarder = forwarder
        self.log = log
        limiter = RateLimiter(configuration.rate) { [time = runtime.time] in Int64(time.uptime) }
        bodies = BodyBudget(configuration.bodiesAtOnce)
    }

    package func respond(to request: ServerRequest) async -> ServerResponse {
        let (request, sender) = forwarder?.opened(request) ?? (request, .client)
        let origin = request.headers.value(of: "origin")
        var response: ServerResponse
        do {
            if let trace = request.headers.first(name: "traceparent").flatMap({ TraceContext(parsing: $0) }) {
                response = try await TraceContext.$current.withValue(trace) { try await answer(request, from: sender) }
            } else {
                response = try await answer(request, from: sender)
            }
        } catch {
            if !(error is APIError), !(error is RuntimeError) {
                log.error("A request failed", metadata: ["path": "\(request.path)", "error": "\(error)"])
            }
            response = ServerResponse(APIError(error))
        }
        if let origin, configuration.allows(origin: origin) {
            response.headers.replaceOrAdd(name: "access-control-allow-origin", value: origin)
        }
        if sender == .client, let node = forwarder?.access.name {
            response.headers.replaceOrAdd(name: NodeAccess.Field.node, value: node)
        }
        return response
    }

    private func answer(_ request: ServerRequest, from sender: Sender) async throws -> ServerResponse {
        if sender == .client { try configuration.checkPage(request.headers) }
        let (address, route) = try addresses.find(request.path)
        guard route != .unknown else { throw APIError.notFound(address.path) }
        let method = request.head.method
        if method == .OPTIONS, request.headers.contains(name: "origin") { return preflight(route) }
        guard route.methods.contains(method.rawValue) else {
            let error = APIError.method(method.rawValue, allowed: route.methods)
            if case .hook(let id, let name) = route, let agent = try? runtime.agent(id), agent.hook(name) != nil {
                try limiter.admit(request.peer)
                await record(error, of: HookRequest(request, address), to: name, of: agent)
            }
            throw error
        }
        switch route {
        case .chat(let agent): return try await chat(agent, address, request, from: sender)
        case .hook(let agent, let name): return try await hook(name, of: agent, address, request, from: sender)
        case .health: return health
        case .ready: return await readiness
        case .metrics: return await metrics
        case .inspect, .socket: throw APIError.upgradeRequired
        case .unknown: throw APIError.notFound(address.path)
        }
    }

    private var health: ServerResponse {
        runtime.isShuttingDown
            ? ServerResponse(["status": "shutting_down"], status: .serviceUnavailable)
            : ServerResponse(["status": "ok"])
    }

    /// Readiness: the store answers, and the runtime is not shutting down.
    private var readiness: ServerResponse {
        get async {
            guard !runtime.isShuttingDown else { return health }
            guard let problem = await runtime.storeProblem else { return ServerResponse(["status": "ready"]) }
            log.error("The store does not answer", metadata: ["error": "\(problem)"])
            return ServerResponse(
                ["status": .string(problem.code), "message": .string(problem.message)],
                status: .serviceUnavailable
            )
        }
    }

    private func preflight(_ route: Route) -> ServerResponse {
        ServerResponse(
            status: .noContent,
            headers: [
                "access-control-allow-methods": route.methods.joined(separator: ", "),
                "access-control-allow-headers": "content-type, authorization, x-api-key, x-session-id, idempotency-key",
                "access-control-max-age": "600",
            ]
        )
    }
}

// MARK: Chat

extension APIResponder {
    private func chat(
        _ name: String?,
        _ address: Address,
        _ request: ServerRequest,
        from sender: Sender
    ) async throws -> ServerResponse {
        let key = request.headers.credential ?? address.query("api_key") ?? address.query("apiKey")
        if sender == .client {
            guard configuration.keys.admit(key) else {
                await configuration.wrongTries.hold(up: "A client sent an unknown API key", log)
                throw APIError.unauthorized
            }
            try limiter.admit(configuration.keys.isEmpty ? request.peer : key ?? request.peer)
        }
        let type = request.mediaType
        guard !type.isEmpty || !configuration.letsAllIn else { throw APIError.mediaType(type) }
        guard type.isEmpty || type == "application/json" || type.hasSuffix("+json") else {
            throw APIError.mediaType(type)
        }
        let share = BodyShare(bodies)
        defer { share.giveBack() }
        let bytes = try await request.wholeBody(configuration, share, type: type)
        let chat = try ChatRequest(parsing: bytes)
        let id = name ?? address.query("agent_id") ?? address.query("agentId") ?? chat.agent
        let session = try NamedSession.agreed(
            address.query.isEmpty ? [] : address.sessionPlaces,
            chat.sessions,
            request.headers.sessionPlaces
        )
        let agent: AgentBlueprint
        do { agent = try runtime.agent(id, for: session) } catch let error as RuntimeError where error.address != nil {
            return try await here(request, bytes, from: sender) {
                _ = try runtime.agent(id, for: session)
                throw error
            }
        }
        let turn = ChatTurn(
            runtime: runtime,
            agent: agent,
            session: session,
            messages: chat.messages,
            key: try requestKey(of: request, in: session, of: agent, key, bytes)
        )
        let streams = ChatStream.isWanted(by: request.headers)
        return try await here(request, bytes, from: sender) {
            streams ? try await ChatStream(turn).answer() : try await turn.answer()
        }
    }

    /// Carries a request out, unless another process has its session: then it goes there.
    private func here(
        _ request: ServerRequest,
        _ body: [UInt8],
        from sender: Sender,
        _ work: () async throws -> ServerResponse
    ) async throws -> ServerResponse {
        guard let forwarder else { return try await work() }
        return try await forwarder.answer(request, body, from: sender, work)
    }
}

extension APIResponder {
    /// An idempotency key, scoped to the API key that came with it or, without API keys, to the agent's chat.
    private func requestKey(
        of request: ServerRequest,
        in session: String?,
        of agent: AgentBlueprint,
        _ key: String?,
        _ bytes: [UInt8]
    ) throws -> RequestKey? {
        guard let named = request.headers.value(of: "idempotency-key") else { return nil }
        let owner = configuration.keys.isEmpty ? ["chat", agent.id] : ["key", key ?? ""]
        let target = ["chat", agent.id, session ?? ""].map { Array($0.utf8) }
        return try RequestKey(named, of: owner, for: target + [bytes])
    }
}

// MARK: Hooks

extension APIResponder {
    private func hook(
        _ name: String,
        of id: String?,
        _ address: Address,
        _ request: ServerRequest,
        from sender: Sender
    ) async throws -> ServerResponse {
        let agent: AgentBlueprint
        do { agent = try runtime.agent(id) } catch let error as RuntimeError where error.address != nil {
            if sender == .client { try limiter.admit(request.peer) }
            let share = BodyShare(bodies)
            defer { share.giveBack() }
            let bytes = try await request.wholeBody(configuration, share, type: request.mediaType)
            return try await here(request, bytes, from: sender) {
                _ = try runtime.agent(id)
                throw error
            }
        }
        guard agent.hook(name) != nil else { throw RuntimeError.hookNotFound(name, agent: agent.id) }
        if sender == .client { try limiter.admit(request.peer) }
        var hookRequest = HookRequest(request, address)
        let share = BodyShare(bodies)
        defer { share.giveBack() }
        do {
            let type = request.mediaType
            hookRequest.bytes = try await request.wholeBody(configuration, share, type: type) {
                hookRequest.body = .bytes(Array($0.prefix(Self.keptBody)))
            }
            hookRequest.body = hookRequest.bytes.isEmpty ? .none : .bytes(hookRequest.bytes)
            try configuration.checkType(type, of: hookRequest.bytes)
        } catch let error as APIError {
            await record(error, of: hookRequest, to: name, of: agent)
            throw error
        }
        // A signature may cover form fields, so parse first; but report a bad signature before a malformed body.
        let body = Result { () throws(APIError) in
            try RequestBody.parse(hookRequest.bytes, type: request.headers.value(of: "content-type") ?? "")
        }
        if let body = try? body.get() { hookRequest.body = body }
        try await runtime.admitHook(name, of: agent, hookRequest)
        if case .failure(let error) = body {
            await record(error, of: hookRequest, to: name, of: agent)
            throw error
        }
        let key = try request.headers.value(of: "idempotency-key").map {
            try RequestKey($0, of: ["hook", agent.id, name], for: hookRequest.identity + [hookRequest.bytes])
        }
        let received = hookRequest
        return try await here(request, received.bytes, from: sender) {
            let answer = try await runtime.requests.once(key) {
                let reply = try await runtime.handleHook(name, of: agent, received, key: key)
                return StoredResponse(reply.response, session: reply.exchange.session)
            }
            guard let answered = HookResponse(answer) else { return ServerResponse(status: .internalServerError) }
            var response = ServerResponse(answered)
            if let session = answer.session { response.headers.name(session: session) }
            return response
        }
    }

    /// Maximum bytes recorded of a body that could not be read completely.
    private static let keptBody = 64 << 10

    /// Records a request that was refused before any handler ran, with the response that its sender gets.
    private func record(_ error: APIError, of request: HookRequest, to name: String, of agent: AgentBlueprint) async {
        let response = HookResponse.json(error.json, status: Int(error.status.code))
        await runtime.recordRefusal(of: request, to: name, of: agent, response, reason: error.message)
    }
}

extension HookRequest {
    /// A request whose body is not read yet; its headers are without `Host`.
    fileprivate init(_ request: ServerRequest, _ address: Address) {
        self.init(
            method: request.head.method.rawValue,
            path: address.path,
            query: address.query.map { .init($0.name, $0.value) },
            headers: request.headers.filter { $0.name.lowercased() != "host" }.map { .init($0.name, $0.value) },
            target: request.path
        )
    }

    /// What, besides the body, makes two tries the same request: method, path, query and session, but no other header.
    fileprivate var identity: [[UInt8]] {
        ([method, path] + query.flatMap { [$0.name, $0.value] } + headers.filter(\.namesSession).map(\.value)).map {
            Array($0.utf8)
        }
    }
}

extension HookRequest.Field {
    fileprivate var namesSession: Bool { name.lowercased().isExactly("x-session-id") }
}
