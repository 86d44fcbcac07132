internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// One session: following it, talking to it: `session.*`.
struct SessionMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.attach, run: SessionMethods.attach),
        MethodHandler(Methods.detach, run: SessionMethods.detach),
        MethodHandler(Methods.history, run: SessionMethods.history),
        MethodHandler(Methods.send, pace: .changing, run: SessionMethods.send),
        MethodHandler(Methods.cancel, run: SessionMethods.cancel),
        MethodHandler(Methods.create, pace: .changing, run: SessionMethods.create),
        MethodHandler(Methods.end, pace: .changing, run: SessionMethods.end),
    ]

    let shared: InspectionMethods

    private var pages: EventPages { shared.pages }
    private var heads: ExpensiveReads { shared.heads }

    func attach(_ peer: InspectorState, _ params: AttachParams) async throws -> MethodAnswer<AttachResult> {
        let key = try shared.key(params)
        let id = try peer.newID("a")
        if let owners = shared.owners, !peer.isForwarded { return try await attach(peer, params, key, id, owners) }
        let follower = runtime.feed.follow(key)
        let (head, json) = try await heads.run(.asked) {
            let head = try await runtime.head(of: key, window: params.window)
            return (head, bounded(head))
        }
        let attachment = Attachment(
            id: id,
            key: key,
            cursor: try await cursor(params.after, key, head.seq),
            follower: follower,
            feed: runtime.feed
        )
        do { try peer.open(attachment) } catch {
            runtime.feed.unfollow(key, follower)
            throw error
        }
        return MethodAnswer(AttachResult(attachment: id, head: json)) { [pages] line in
            try await attachment.run(pages, to: line)
        }
    }

    /// Where following begins: after the event that the inspector has, if that is still kept, or at the head.
    private func cursor(_ after: Int?, _ key: SessionKey, _ seq: Int) async throws -> EventCursor {
        let first = try await runtime.firstSeq(of: key)
        return EventCursor(after.map { $0 + 1 >= first && $0 <= seq ? $0 : seq } ?? seq)
    }

    /// The same for a session that may be at another process, now or later.
    private func attach(
        _ peer: InspectorState,
        _ params: AttachParams,
        _ key: SessionKey,
        _ id: String,
        _ owners: OwnerCalls
    ) async throws -> MethodAnswer<AttachResult> {
        let head = try await head(of: key, params, peer, owners)
        let moving = MovingAttachment(
            id: id,
            key: key,
            cursor: try await cursor(params.after, key, head.count("seq") ?? 0),
            peer: peer,
            owners: owners
        )
        try peer.open(moving)
        return MethodAnswer(AttachResult(attachment: id, head: head), isRevealed: true) { [pages] line in
            try await moving.run(pages, to: line)
        }
    }

    /// As its process has it in memory; of one that cannot be asked, as it is stored. What is hidden is left out.
    private func head(
        of key: SessionKey,
        _ params: AttachParams,
        _ peer: InspectorState,
        _ owners: OwnerCalls
    ) async throws -> JSON {
        if let address = try await runtime.address(of: key) {
            var asked = params.json.object ?? [:]
            asked["after"] = nil
            let request = RPCRequest(id: .null, method: Methods.attach.name, params: .object(asked))
            if let answer = try? await owners.answer(request, of: peer, at: address), let head = answer["head"] {
                return head
            }
        }
        return try await heads.run(.asked) {
            redaction.redacted(bounded(try await runtime.head(of: key, window: params.window)))
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
        let key = try shared.key(params)
        let kinds = params.kinds.map { Set($0.map(ExactString.init(_:))) }
        var page = HistoryPage(key: key, limit: params.limit ?? 100, kinds: kinds, bounds: bounds)
        try await runtime.settle(key)
        try await page.read(runtime, after: params.after, before: params.before)
        return MethodAnswer(EventsPage(documents: page.events, more: page.more))
    }

    func send(_ peer: InspectorState, _ params: SendParams) async throws -> MethodAnswer<SendResult> {
        let session = try shared.key(params)
        try await runtime.checkExists(session)
        guard let value = params.message else { throw RPCError.invalidParams("'message' is missing.") }
        var message: Message
        do { message = try Message(received: value) } catch {
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
        let answer = try await runtime.requests.once(key) { [message] in
            let ticket = try await runtime.send([message], to: session, request: key.map(KeptRequest.whenAccepted))
            return .accepted(ticket.turn, seq: ticket.seq)
        }
        guard let result = SendResult(json: answer.body) else { throw RPCError.internal("The answer cannot be read.") }
        return MethodAnswer(result)
    }

    func cancel(_ peer: InspectorState, _ params: CancelParams) async throws -> MethodAnswer<CancelResult> {
        let author = shared.author(peer, Methods.cancel)
        let key = try shared.key(params)
        try await runtime.checkHere(key)
        let isCancelled = try await runtime.cancel(turn: params.turn, of: key, by: author)
        return MethodAnswer(CancelResult(isCancelled: isCancelled))
    }

    func create(_ peer: InspectorState, _ params: CreateParams) async throws -> MethodAnswer<SessionResult> {
        let session = try await runtime.create(
            params.session,
            of: runtime.agent(params.agent),
            setup: params.setup ?? [:],
            state: params.state?.object ?? [:],
            by: shared.author(peer, Methods.create)
        )
        return MethodAnswer(try await shared.result(session))
    }

    func end(_ peer: InspectorState, _ params: SessionName) async throws -> MethodAnswer<SessionResult> {
        let key = try shared.key(params)
        try await runtime.end(key, by: shared.author(peer, Methods.end))
        return MethodAnswer(try await shared.result(key))
    }
}
