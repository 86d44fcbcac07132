internal import AsyncHTTPClient
package import Logging
package import MagmaRuntime
internal import NIOCore
internal import NIOHTTP1
internal import SessionModel
internal import Synchronization
internal import WebSocket

/// Who sent a request.
enum Sender: Sendable {
    case client
    /// Another process on the same store, which has checked what a client may do.
    case node
}

/// Sends requests on to the process that has their session.
package final class RequestForwarder: Sendable {
    package let access: NodeAccess
    private let runtime: Runtime
    private let client: NodeClient
    private let log: Logger

    /// How often a request is tried whose session changes hands, or goes to sleep since its process shuts down, ``pause`` apart.
    private static let mostTries = 30
    private static let pause = Duration.milliseconds(100)
    /// How often it is looked whether the process that was asked is still there.
    private static let watch = Duration.seconds(1)

    /// - Returns: `nil` where only one process uses the store.
    package init?(of runtime: Runtime, log: Logger) async throws {
        let client = NodeClient()
        guard let access = try await NodeAccess(of: runtime, ask: { await client.isAnswered(by: $0) }) else {
            await client.shutdown()
            return nil
        }
        self.access = access
        self.runtime = runtime
        self.client = client
        self.log = log
    }

    package func shutdown() async { await client.shutdown() }

    /// A request as its client sent it, and who sent it here.
    func opened(_ request: ServerRequest) -> (ServerRequest, Sender) {
        let secret = request.headers.first(name: NodeAccess.Field.secret)
        guard secret != nil || request.headers.contains(name: NodeAccess.Field.peer) else { return (request, .client) }
        let peer = request.headers.first(name: NodeAccess.Field.peer) ?? request.peer
        var headers = request.headers
        headers.remove(name: NodeAccess.Field.secret)
        headers.remove(name: NodeAccess.Field.peer)
        guard access.admits(secret) else { return (request.with(headers, from: request.peer), .client) }
        return (request.with(headers, from: peer), .node)
    }

    /// Carries a request out here or, if another process has its session, there.
    ///
    /// - Parameters:
    ///   - body: decoded.
    ///   - work: fails with ``RuntimeError`` whose `address` tells whom to ask instead.
    func answer(
        _ request: ServerRequest,
        _ body: [UInt8],
        from sender: Sender,
        _ work: () async throws -> ServerResponse
    ) async throws -> ServerResponse {
        var tries = 0
        // Who has the session, as the process says that was asked first.
        var owner: String?
        while true {
            let address: String
            if let owner {
                address = owner
            } else {
                do { return try await work() } catch let error as RuntimeError
                    where error.address != nil || error == .shuttingDown()
                {
                    guard sender == .client else { return Self.misdirected(error) }
                    address = try await whom(for: error)
                }
            }
            var told = ""
            // One that was told may have gone since.
            if let contact = try await contact(at: address, isTold: owner != nil) {
                let answer = try await send(request, body, to: contact)
                guard answer.status == .misdirectedRequest, answer.headers.contains(name: NodeAccess.Field.owner) else {
                    return answer
                }
                told = answer.headers.first(name: NodeAccess.Field.owner) ?? ""
            }
            tries += 1
            guard tries < Self.mostTries else { throw RuntimeError.changingHands() }
            owner = owner == nil && !told.isEmpty ? told : nil
            if owner == nil { try await Task.sleep(for: Self.pause) }
        }
    }

    private func contact(at address: String, isTold: Bool) async throws -> NodeContact? {
        do { return try await access.contact(at: address) } catch let error as RuntimeError
            where isTold && error == .ownerUnreachable(address)
        { return nil }
    }

    /// Who is asked instead of this process; while it shuts down, any other.
    private func whom(for error: RuntimeError) async throws -> String {
        if let address = error.address { return address }
        guard let other = try? await access.other else { throw error }
        return other.address
    }

    /// What a process is told that took this one for the session's.
    private static func misdirected(_ error: RuntimeError) -> ServerResponse {
        var answer = ServerResponse(APIError(error))
        answer.status = .misdirectedRequest
        answer.headers.replaceOrAdd(name: NodeAccess.Field.owner, value: error.address ?? "")
        return answer
    }

    private func send(_ request: ServerRequest, _ body: [UInt8], to contact: NodeContact) async throws -> ServerResponse
    {
        var forwarded = HTTPClientRequest(url: contact.address + request.path)
        forwarded.method = request.head.method
        forwarded.headers = fields(of: request)
        if !body.isEmpty { forwarded.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            return try await whileThere(contact) { [client, forwarded] in
                let response = try await client.execute(forwarded, to: contact)
                self.access.heard(contact)
                var headers = response.headers
                for name in Self.ofOneConnection { headers.remove(name: name) }
                let body = try await self.body(response, from: contact)
                return ServerResponse(status: response.status, headers: headers, body: body)
            }
        } catch {
            try Task.checkCancellation()
            throw lost(contact, error)
        }
    }

    /// A body whose length is known is sent as one; anything else as it comes.
    private func body(_ response: HTTPClientResponse, from contact: NodeContact) async throws -> ServerResponse.Body {
        let length = response.headers.first(name: "content-length").flatMap { Int($0) }
        guard let length, length <= 16 << 20 else {
            let isOfEvents = response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") ?? false
            return .stream { stream in
                let progress = EventProgress()
                do {
                    try await self.whileThere(contact) {
                        try await self.passOn(response.body, of: contact, to: stream, isOfEvents ? progress : nil)
                    }
                } catch let lost as ClientLost { throw lost.reason } catch {
                    try Task.checkCancellation()
                    let error = self.lost(contact, error)
                    guard isOfEvents else { throw error }
                    if !progress.isDone.withLock(\.self) {
                        try await stream.write(ByteBuffer(string: ChatStream.broken(error)))
                    }
                }
            }
        }
        return .whole(try await response.body.collect(upTo: length))
    }

    /// How far server-sent events have come.
    private final class EventProgress: Sendable {
        /// Whether the last one was passed on.
        let isDone = Mutex(false)
    }

    /// Nobody reads the answer any more.
    private struct ClientLost: Error {
        let reason: any Error
    }

    /// - Parameter progress: of server-sent events, which are passed on whole.
    private func passOn(
        _ body: HTTPClientResponse.Body,
        of contact: NodeContact,
        to stream: ResponseStream,
        _ progress: EventProgress?
    ) async throws {
        var events = ForwardedEvents()
        func write(_ piece: ByteBuffer) async throws {
            do { try await stream.write(piece) } catch { throw ClientLost(reason: error) }
        }
        for try await piece in body {
            access.heard(contact)
            guard let progress else {
                try await write(piece)
                continue
            }
            if let whole = events.add(piece) { try await write(whole) }
            progress.isDone.withLock { $0 = events.areDone }
        }
        if let rest = events.rest { try await write(rest) }
    }

    /// What a request is answered that the other process did not answer, unless this one's shutdown ended it.
    private func lost(_ contact: NodeContact, _ error: any Error) -> RuntimeError {
        if error as? RuntimeError == .cutOff() { return .cutOff() }
        access.forget(contact.address)
        log.warning("Another node does not answer", metadata: ["node": "\(contact.address)", "error": "\(error)"])
        return .ownerUnreachable(contact.address)
    }

    /// Waits for a process while it has its lease and answers others, since one that is stopped or cut off does not say that it will not,
    /// and while this process's shutdown lets it.
    private func whileThere<Value: Sendable>(
        _ contact: NodeContact,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        runtime.beginElsewhere()
        defer { runtime.endElsewhere() }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await self.runtime.waitForCutOff()
                throw CancellationError()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.watch)
                    if await self.access.isGone(contact) { throw RuntimeError.ownerUnreachable(contact.address) }
                }
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func fields(of request: ServerRequest) -> HTTPHeaders {
        var headers = request.headers
        for name in Self.ofOneConnection { headers.remove(name: name) }
        // It is decoded.
        headers.remove(name: "content-encoding")
        headers.replaceOrAdd(name: NodeAccess.Field.secret, value: access.secret)
        headers.replaceOrAdd(name: NodeAccess.Field.peer, value: request.peer)
        return headers
    }

    /// Of one connection, and not of the message (RFC 9110, section 7.6.1).
    private static let ofOneConnection = [
        "host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "content-length", "expect",
    ]
}

extension RuntimeError {
    static func changingHands() -> RuntimeError {
        RuntimeError(.unavailable, "session_elsewhere", "The session changes hands just now; try again in a moment.")
    }
}
