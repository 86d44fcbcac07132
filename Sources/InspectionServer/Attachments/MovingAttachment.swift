internal import Inspection
internal import InspectionClient
internal import MagmaRuntime
internal import SessionModel

/// Follows a session wherever it is: here while this process has it or it sleeps, and at the process that has it otherwise. When
/// it moves, the next place goes on after the last event that was passed on: none is missing, and none comes twice.
struct MovingAttachment: OpenAttachment {
    let id: String
    let key: SessionKey
    let cursor: EventCursor
    let peer: InspectorState
    let owners: OwnerCalls
    private let lifetime = WatchLifetime()

    init(id: String, key: SessionKey, cursor: EventCursor, peer: InspectorState, owners: OwnerCalls) {
        self.id = id
        self.key = key
        self.cursor = cursor
        self.peer = peer
        self.owners = owners
    }

    private var runtime: Runtime { owners.runtime }

    /// Before a process that did not answer is asked again.
    private static let pause = Duration.milliseconds(250)

    func close() { lifetime.close() }

    func run(_ pages: EventPages, to line: RedactingWriter) async throws {
        try await lifetime.run { try await self.follow(pages, line) }
    }

    private func follow(_ pages: EventPages, _ line: RedactingWriter) async throws {
        var identity: Int64?
        while !Task.isCancelled {
            do {
                let place = try await runtime.place(of: key)
                // It is gone; another one of its id is another one.
                guard let place, identity == nil || place.identity == identity else { return }
                identity = place.identity
                if let address = runtime.address(of: key, at: place) {
                    try await follow(at: address, line)
                } else {
                    try await followHere(pages, line)
                }
            } catch is RuntimeError {
                // The store does not answer; it is asked again.
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    // MARK: Here

    /// Follows it here until it is at another process, or let go.
    private func followHere(_ pages: EventPages, _ line: RedactingWriter) async throws {
        let attachment = Attachment(
            id: id,
            key: key,
            cursor: cursor,
            follower: runtime.feed.follow(key),
            feed: runtime.feed
        )
        defer { attachment.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await attachment.run(pages, to: line) }
            group.addTask { await self.movesAway() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Returns when the session is at another process; wakes those who follow it here when another one has written it.
    private func movesAway() async {
        for await place in runtime.places.places(of: key) {
            guard let place else { continue }
            if runtime.address(of: key, at: place) != nil { return }
            if place.seq > cursor.seq { runtime.feed.wake(key) }
        }
    }

    // MARK: There

    /// Follows it at another process until it is there no more, or the connection breaks.
    private func follow(at address: String, _ line: RedactingWriter) async throws {
        var isBusy = false
        do {
            isBusy = try await owners.with(address, peer) { client in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    group.addTask { try await self.passOn(client, line) }
                    group.addTask {
                        for await place in runtime.places.places(of: key)
                        where place == nil || runtime.address(of: key, at: place) != address { return true }
                        return true
                    }
                    defer { group.cancelAll() }
                    return try await group.next() ?? true
                }
            }
        } catch is InspectionClient.Lost {
            isBusy = true
        } catch is RuntimeError {
        } catch is RPCError {}
        try Task.checkCancellation()
        // What it did there is over.
        if isBusy { try await line.notify(.sessionBusy, SessionBusy(attachment: id, doing: nil).json) }
    }

    private func passOn(_ client: InspectionClient, _ line: RedactingWriter) async throws -> Bool {
        _ = try await client.call(
            Methods.attach.name,
            [
                "agent": .string(key.agent), "session": .string(key.session), "after": .int(cursor.seq), "window": 1,
            ]
        )
        while true {
            let (method, told) = try await client.notification()
            guard var params = told.object else { continue }
            params["attachment"] = .string(id)
            if method == .sessionEvent {
                guard let seq = told["event"]?.count("seq"), seq > cursor.seq else { continue }
                try await line.pass(method, .object(params))
                cursor.seq = seq
            } else {
                try await line.pass(method, .object(params))
            }
        }
    }
}
