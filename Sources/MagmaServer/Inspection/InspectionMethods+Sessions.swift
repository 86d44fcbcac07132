internal import Inspection
internal import Magma
internal import MagmaRuntime
internal import SessionModel

// MARK: The list

extension InspectionMethods {
    func watchSessions(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let query = try SessionsQuery(params)
        let id = try peer.newID("w")
        let page = try await runtime.sessions(query, watch: id, hiding: redaction)
        let watch = SessionsWatch(id: id, query: query, shown: page)
        peer.open(watch)
        return MethodAnswer(page.json) { [runtime, inspectors] line in
            try await watch.run(on: runtime, to: line, inspectors)
        }
    }

    func viewSessions(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let watch = try peer.sessionsWatch(try params.text("watch"))
        let query = try SessionsQuery(params)
        let page = try await runtime.sessions(query, watch: watch.id, hiding: redaction)
        watch.view(query, shown: page)
        return MethodAnswer(page.json)
    }

    func unwatch(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("watch")
        try peer.close(watch: id)
        return MethodAnswer(["watch": .string(id)])
    }
}

// MARK: One session

extension InspectionMethods {
    func attach(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await session(params)
        let after = try params.optionalInt("after")
        let window = try params.optionalInt("window", in: 0...100_000)
        let id = try peer.newID("a")
        let follower = runtime.feed.follow(session.key)
        let head = await runtime.head(session, window: window)
        let first = try await runtime.store.firstSeq(of: session.key)
        let cursor = after.map { $0 + 1 >= first && $0 <= head.seq ? $0 : head.seq } ?? head.seq
        let attachment = Attachment(
            id: id,
            key: session.key,
            created: head.summary.created,
            after: cursor,
            follower: follower,
            feed: runtime.feed
        )
        peer.open(attachment)
        return MethodAnswer(["attachment": .string(id), "head": head.json]) { [pages] line in
            try await attachment.run(pages, to: line)
        }
    }

    func detach(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("attachment")
        try peer.close(attachment: id)
        return MethodAnswer(["attachment": .string(id)])
    }

    func history(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let key = try await session(params).key
        let limit = try params.int("limit", default: 100, in: 1...1000)
        let kinds = try params.texts("kinds").map(Set.init)
        let after = try params.optionalInt("after")
        let before = try params.optionalInt("before")
        let page = try await HistoryPage.read(
            runtime.store,
            key,
            after: after,
            before: before,
            limit: limit,
            kinds: kinds
        )
        return MethodAnswer(["events": .array(page.events.map(\.json)), "more": .bool(page.more)])
    }

    func send(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await session(params)
        guard let value = params.json["message"] else { throw RPCError.invalidParams("'message' is missing.") }
        var message: Message
        do { message = try Message(json: value) } catch {
            throw RPCError.invalidParams("'message' is not one: \(error).")
        }
        guard message.role == .user else { throw RPCError.invalidParams("'message' must be a user's.") }
        message.id = ""
        let key = try params.optionalText("idempotencyKey").map {
            try RequestKey($0, entrance: "send", agent: session.key.agent, session: session.key.session)
        }
        let answer = try await runtime.once(key) { [message] in
            let ticket = try await runtime.send([message], to: session, request: key.map(KeptRequest.whenAccepted))
            return .accepted(ticket.turn, seq: ticket.seq)
        }
        return MethodAnswer(answer.body)
    }

    func cancel(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await session(params)
        let isCancelled = await session.cancel(turn: try params.optionalText("turn"))
        if isCancelled { await runtime.note("session.cancel", by: peer.name, in: session) }
        return MethodAnswer(["cancelled": .bool(isCancelled)])
    }

    func create(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await runtime.create(
            try params.optionalText("session"),
            of: try agent(params),
            setup: try params.object("setup") ?? [:],
            state: try params.object("state")?.object ?? [:]
        )
        await runtime.note("session.create", by: peer.name, in: session)
        return MethodAnswer(try await summary(session))
    }

    func end(_ peer: InspectorPeer, _ params: Params) async throws -> MethodAnswer {
        let session = try await session(params)
        try await session.end(reason: "ended by \(peer.name)")
        return MethodAnswer(try await summary(session))
    }

    /// Which session it is, and how it is listed now.
    func summary(_ session: Session, _ more: JSON.Object = [:]) async throws -> JSON {
        var members: JSON.Object = [
            "agent": .string(session.key.agent), "session": .string(session.key.session),
        ]
        members["summary"] = try await runtime.summary(session.key)?.json
        for (name, value) in more { members[name] = value }
        return .object(members)
    }
}

/// Part of a journal, oldest first: of a range the end that was asked for.
struct HistoryPage {
    private(set) var events: [SessionEvent] = []
    private(set) var more = false

    /// With `after` the first events after it, otherwise the last ones, before `before` if it is given.
    static func read(
        _ store: any SessionStore,
        _ key: SessionKey,
        after: Int?,
        before: Int?,
        limit: Int,
        kinds: Set<String>?
    ) async throws -> HistoryPage {
        var page = HistoryPage()
        if let after {
            try await page.readForwards(store, key, after: after, before: before ?? .max, limit: limit, kinds: kinds)
        } else {
            try await page.readBackwards(store, key, before: before ?? .max, limit: limit, kinds: kinds)
        }
        return page
    }

    private mutating func readForwards(
        _ store: any SessionStore,
        _ key: SessionKey,
        after: Int,
        before: Int,
        limit: Int,
        kinds: Set<String>?
    ) async throws {
        var cursor = after
        while events.count <= limit {
            let part = try await store.events(of: key, after: cursor, limit: 512)
            guard let last = part.last else { break }
            events += part.filter { $0.seq < before && (kinds?.contains($0.body.kind) ?? true) }
            if last.seq >= before { break }
            cursor = last.seq
        }
        more = events.count > limit
        events = Array(events.prefix(limit))
    }

    private mutating func readBackwards(
        _ store: any SessionStore,
        _ key: SessionKey,
        before: Int,
        limit: Int,
        kinds: Set<String>?
    ) async throws {
        var cursor = before
        while events.count <= limit {
            let part = try await store.events(of: key, before: cursor, limit: 512)
            guard let first = part.first else { break }
            events = part.filter { kinds?.contains($0.body.kind) ?? true } + events
            cursor = first.seq
        }
        more = events.count > limit
        events = Array(events.suffix(limit))
    }
}
