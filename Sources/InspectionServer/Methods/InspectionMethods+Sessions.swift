internal import Inspection
internal import MagmaRuntime
internal import SessionModel

// MARK: The list

extension InspectionMethods {
    func watchSessions(_ peer: InspectorState, _ query: SessionsQuery) async throws -> MethodAnswer<SessionsPage> {
        try check(query)
        let id = try peer.newID("w")
        let page = try await page(query, watch: id, .asked)
        let watch = SessionsWatch(id: id, query: query, shown: page)
        peer.open(watch)
        return MethodAnswer(page) { line in try await watch.run(self, to: line) }
    }

    private func check(_ query: SessionsQuery) throws { if let agent = query.agent { _ = try runtime.agent(agent) } }

    /// A window on the list.
    func page(
        _ query: SessionsQuery,
        watch: String,
        _ urgency: ExpensiveReads.Urgency
    ) async throws -> SessionsPage {
        guard query.looksAtAll else { return try await window(query, watch: watch) }
        return try await reads.run(urgency) { try await window(query, watch: watch) }
    }

    private func window(_ query: SessionsQuery, watch: String) async throws -> SessionsPage {
        do {
            let window = try await runtime.sessions(query, visibility: redaction)
            return SessionsPage(watch: watch, total: window.total, counts: window.counts, rows: window.rows)
        } catch let error as FilterError { throw RPCError(error) }
    }

    func viewSessions(
        _ peer: InspectorState,
        _ params: ViewSessionsParams
    ) async throws -> MethodAnswer<SessionsPage> {
        let watch = try peer.sessionsWatch(params.watch)
        try check(params.query)
        let page = try await page(params.query, watch: watch.id, .asked)
        watch.view(params.query, shown: page)
        return MethodAnswer(page)
    }

    func unwatch(_ peer: InspectorState, _ params: WatchName) async throws -> MethodAnswer<WatchName> {
        try peer.close(watch: params.watch)
        return MethodAnswer(params)
    }
}

// MARK: One session

extension InspectionMethods {
    func attach(_ peer: InspectorState, _ params: AttachParams) async throws -> MethodAnswer<AttachResult> {
        let key = try key(params)
        let id = try peer.newID("a")
        let follower = runtime.feed.follow(key)
        let (head, json) = try await heads.run(.asked) {
            let head = try await runtime.head(of: key, window: params.window)
            return (head, bounded(head))
        }
        let first = try await runtime.firstSeq(of: key)
        let cursor = params.after.map { $0 + 1 >= first && $0 <= head.seq ? $0 : head.seq } ?? head.seq
        let attachment = Attachment(
            id: id,
            key: key,
            after: cursor,
            follower: follower,
            feed: runtime.feed
        )
        peer.open(attachment)
        return MethodAnswer(AttachResult(attachment: id, head: json)) { [pages] line in
            try await attachment.run(pages, to: line)
        }
    }

    /// The last of the messages, as many as fit, and whether there are more.
    private func bounded(_ head: SessionHead) -> JSON {
        let key = head.summary.key
        var short = head
        short.state = bounds.bounded(state: head.state, of: key, at: head.seq)
        let (messages, before) = bounds.window(head.messages, of: key, beside: short.state)
        short.messages = []
        short.window = max(0, head.window - before)
        var json = short.json.object ?? [:]
        json["messages"] = .array(messages)
        json["more"] = .bool(before > 0 || head.messages.count < head.summary.messages)
        return .object(json)
    }

    func detach(_ peer: InspectorState, _ params: AttachmentName) async throws -> MethodAnswer<AttachmentName> {
        try peer.close(attachment: params.attachment)
        return MethodAnswer(params)
    }

    func history(_ peer: InspectorState, _ params: HistoryParams) async throws -> MethodAnswer<EventsPage> {
        let key = try key(params)
        let kinds = params.kinds.map { Set($0.map(ExactString.init(_:))) }
        var page = HistoryPage(key: key, limit: params.limit ?? 100, kinds: kinds, bounds: bounds)
        try await runtime.settle(key)
        try await page.read(runtime, after: params.after, before: params.before)
        return MethodAnswer(EventsPage(documents: page.events, more: page.more))
    }

    func send(_ peer: InspectorState, _ params: SendParams) async throws -> MethodAnswer<SendResult> {
        let session = try key(params)
        try await runtime.checkExists(session)
        guard let value = params.message else { throw RPCError.invalidParams("'message' is missing.") }
        var message: Message
        do { message = try Message(json: value) } catch {
            throw RPCError.invalidParams("'message' is not one: \(error).")
        }
        guard message.role == .user else { throw RPCError.invalidParams("'message' must be a user's.") }
        message.id = ""
        let key = try params.idempotencyKey.map {
            try RequestKey(
                $0,
                of: ["inspector", peer.name],
                for: [Array("send".utf8), Array(session.agent.utf8), Array(session.session.utf8), value.bytes]
            )
        }
        let answer = try await runtime.once(key) { [message] in
            let ticket = try await runtime.send([message], to: session, request: key.map(KeptRequest.whenAccepted))
            return .accepted(ticket.turn, seq: ticket.seq)
        }
        guard let result = SendResult(json: answer.body) else { throw RPCError.internal("The answer cannot be read.") }
        return MethodAnswer(result)
    }

    func cancel(_ peer: InspectorState, _ params: CancelParams) async throws -> MethodAnswer<CancelResult> {
        let author = author(peer, Methods.cancel)
        let isCancelled = try await runtime.cancel(turn: params.turn, of: key(params), by: author)
        return MethodAnswer(CancelResult(isCancelled: isCancelled))
    }

    func create(_ peer: InspectorState, _ params: CreateParams) async throws -> MethodAnswer<SessionResult> {
        let session = try await runtime.create(
            params.session,
            of: runtime.agent(params.agent),
            setup: params.setup ?? [:],
            state: params.state?.object ?? [:],
            by: author(peer, Methods.create)
        )
        return MethodAnswer(try await result(session))
    }

    func end(_ peer: InspectorState, _ params: SessionName) async throws -> MethodAnswer<SessionResult> {
        let key = try key(params)
        try await runtime.end(key, by: author(peer, Methods.end))
        return MethodAnswer(try await result(key))
    }
}
