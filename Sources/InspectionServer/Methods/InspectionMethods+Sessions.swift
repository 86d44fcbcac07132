internal import Inspection
internal import Magma
internal import MagmaRuntime
internal import SessionModel

// MARK: The list

extension InspectionMethods {
    func watchSessions(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let query = try query(params)
        let id = try peer.newID("w")
        let page = try await page(query, watch: id, .asked)
        let watch = SessionsWatch(id: id, query: query, shown: page)
        peer.open(watch)
        return MethodAnswer(page.json) { line in try await watch.run(self, to: line) }
    }

    private func query(_ params: Params) throws -> SessionsQuery {
        _ = try optionalAgent(params)
        return try SessionsQuery(params)
    }

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

    func viewSessions(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let watch = try peer.sessionsWatch(try params.text("watch"))
        let query = try query(params)
        let page = try await page(query, watch: watch.id, .asked)
        watch.view(query, shown: page)
        return MethodAnswer(page.json)
    }

    func unwatch(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("watch")
        try peer.close(watch: id)
        return MethodAnswer(["watch": .string(id)])
    }
}

// MARK: One session

extension InspectionMethods {
    func attach(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let key = try session(params)
        let after = try params.optionalInt("after")
        let window = try params.optionalInt("window", in: 0...100_000)
        let id = try peer.newID("a")
        let follower = runtime.feed.follow(key)
        let (head, json) = try await heads.run(.asked) {
            let head = try await runtime.head(of: key, window: window)
            return (head, bounded(head))
        }
        let first = try await runtime.firstSeq(of: key)
        let cursor = after.map { $0 + 1 >= first && $0 <= head.seq ? $0 : head.seq } ?? head.seq
        let attachment = Attachment(
            id: id,
            key: key,
            after: cursor,
            follower: follower,
            feed: runtime.feed
        )
        peer.open(attachment)
        return MethodAnswer(["attachment": .string(id), "head": json]) { [pages] line in
            try await attachment.run(pages, to: line)
        }
    }

    /// The last of the messages, as many as fit, and whether there are more.
    private func bounded(_ head: SessionHead) -> JSON {
        let (messages, before) = bounds.window(head.messages, of: head.summary.key, beside: head.state)
        var short = head
        short.messages = []
        short.window = max(0, head.window - before)
        var json = short.json.object ?? [:]
        json["messages"] = .array(messages)
        json["more"] = .bool(before > 0 || head.messages.count < head.summary.messages)
        return .object(json)
    }

    func detach(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("attachment")
        try peer.close(attachment: id)
        return MethodAnswer(["attachment": .string(id)])
    }

    func history(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let key = try session(params)
        let limit = try params.int("limit", default: 100, in: 1...1000)
        let kinds = try params.texts("kinds").map { Set($0.map(ExactString.init(_:))) }
        let after = try params.optionalInt("after")
        let before = try params.optionalInt("before")
        var page = HistoryPage(key: key, limit: limit, kinds: kinds, bounds: bounds)
        try await runtime.settle(key)
        try await page.read(runtime, after: after, before: before)
        return MethodAnswer(["events": .array(page.events), "more": .bool(page.more)])
    }

    func send(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        try await runtime.checkExists(session)
        guard let value = params.json["message"] else { throw RPCError.invalidParams("'message' is missing.") }
        var message: Message
        do { message = try Message(json: value) } catch {
            throw RPCError.invalidParams("'message' is not one: \(error).")
        }
        guard message.role == .user else { throw RPCError.invalidParams("'message' must be a user's.") }
        message.id = ""
        let key = try params.optionalText("idempotencyKey").map {
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
        return MethodAnswer(answer.body)
    }

    func cancel(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let isCancelled = try await runtime.cancel(
            turn: try params.optionalText("turn"),
            of: try session(params),
            by: author(peer, .cancel)
        )
        return MethodAnswer(["cancelled": .bool(isCancelled)])
    }

    func create(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try await runtime.create(
            try params.optionalText("session"),
            of: try agent(params),
            setup: try params.object("setup") ?? [:],
            state: try params.object("state")?.object ?? [:],
            by: author(peer, .create)
        )
        return MethodAnswer(try await summary(session))
    }

    func end(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        try await runtime.end(session, by: author(peer, .end))
        return MethodAnswer(try await summary(session))
    }

    /// Which session it is, and how it is listed now.
    func summary(_ session: SessionKey, _ more: JSON.Object = [:]) async throws -> JSON {
        var members: JSON.Object = [
            "agent": .string(session.agent), "session": .string(session.session),
        ]
        members["summary"] = try await runtime.summary(session)?.json
        for (name, value) in more { members[name] = value }
        return .object(members)
    }
}
