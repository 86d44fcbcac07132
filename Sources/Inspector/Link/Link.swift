internal import Foundation
internal import HTTPTypes
internal import Inspection
package import SessionModel
internal import Synchronization
package import WebSocket

/// The link to a runtime: connects, says when it is lost, and comes back by itself.
package final class Link: Sendable {
    /// Why the first connection could not be made.
    package enum Failure: Error, Sendable {
        case unreachable(String)
        case refused(status: Int, String)
        case notARuntime
    }

    private struct Waiting {
        var outbox: AsyncStream<String>.Continuation?
        /// When requests went out, by id.
        var sent: [Int: ContinuousClock.Instant] = [:]
    }

    /// Events that the interface has not received yet. It receives them in batches: a switch to its thread costs more
    /// than most events.
    private struct Inbox {
        var events: ArraySlice<LinkEvent> = []
        var isTold = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Maximum undelivered events. Above it, the socket's reader waits for the interface.
    private static let inboxLimit = 4096
    /// Events that the interface hears before keys have their turn.
    private static let batch = 64

    private let address: RuntimeAddress
    private let trust: TLSTrust?
    private let token: @Sendable () -> String?
    private let onEvent: @MainActor @Sendable (LinkEvent) -> Void
    private let waiting = Mutex(Waiting())
    private let inbox = Mutex(Inbox())

    /// - Parameters:
    ///   - trust: whom to trust at an address with TLS.
    ///   - token: read before each attempt, because a restarted runtime has a new token.
    ///   - onEvent: hears everything in order, on the main actor.
    package init(
        to address: RuntimeAddress,
        trust: TLSTrust? = nil,
        token: @escaping @Sendable () -> String?,
        onEvent: @escaping @MainActor @Sendable (LinkEvent) -> Void
    ) {
        self.address = address
        self.trust = trust
        self.token = token
        self.onEvent = onEvent
    }

    /// Sends a request; when the link is down it is answered with an error at once.
    package func request(_ id: Int, _ method: String, _ params: JSON) {
        let text = RPCMessage.request(RPCRequest(id: .int(id), method: method, params: params)).text
        let isSent = waiting.withLock { waiting in
            guard let outbox = waiting.outbox, case .enqueued = outbox.yield(text) else { return false }
            waiting.sent[id] = .now
            return true
        }
        guard !isSent else { return }
        let offline = RPCError.failed("offline", "The runtime is not connected.", hint: "Wait until the link is back.")
        _ = tell(.answer(id, .failure(offline), roundTrip: 0))
    }

    /// Tries once.
    ///
    /// - Throws: ``Failure``.
    package func connect() async throws -> OpenLink {
        var target = WebSocketClient.Target(host: address.host, port: address.port, path: Inspection.path)
        target.fields[.secWebSocketProtocol] = Inspection.subprotocol
        if let token = token() { target.fields[.authorization] = "Bearer \(token)" }
        var configuration = WebSocketConfiguration()
        configuration.maxMessageSize = Inspection.maximumMessage
        configuration.pingInterval = .seconds(15)
        do {
            let connection = try await WebSocketClient.connect(to: target, trust: trust, configuration: configuration)
            return OpenLink(connection: connection)
        } catch let refused as WebSocketClient.Refused {
            let message = (try? JSON(parsing: refused.body))?["message"]?.string ?? "HTTP status \(refused.status)"
            if refused.status == 404 || refused.status == 0 { throw Failure.notARuntime }
            throw Failure.refused(status: refused.status, message)
        } catch is WebSocketClient.TimedOut {
            throw Failure.unreachable("no answer within 5 s")
        } catch {
            throw Failure.unreachable(Self.words(error))
        }
    }

    /// Serves a connection, and reconnects until the task is cancelled.
    package func run(from first: OpenLink) async {
        var backoff = Backoff()
        var open: OpenLink? = first
        while !Task.isCancelled {
            var reason = "the runtime closed the connection"
            do {
                let link: OpenLink
                if let ready = open { link = ready } else { link = try await connect() }
                open = nil
                backoff.reset()
                reason = Self.words(of: try await serve(link))
            } catch let failure as Failure {
                reason = failure.words
            } catch {
                reason = Self.words(error)
            }
            guard !Task.isCancelled else { return }
            await wait(reason, backoff.wait())
        }
    }

    /// - Parameter milliseconds: from ``Backoff``, at most ten seconds.
    private func wait(_ reason: String, _ milliseconds: Double) async {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        // Neither is from outside: this machine's clock, and at most ten seconds.
        await deliver(.down(reason: reason, since: now, retryAt: now + Int64(milliseconds)))
        try? await Task.sleep(for: .milliseconds(milliseconds))
        if !Task.isCancelled { await deliver(.connecting) }
    }

    private static func words(of closure: WebSocketClosure) -> String {
        let said = closure.reason.isEmpty ? "" : ": \(closure.reason)"
        return switch closure.code {
        case 1001: "the runtime stops or goes away\(said)"
        case 1008: "the runtime refused access\(said.isEmpty ? "; the token may have been revoked" : said)"
        case 1009: "a message was too large for the runtime\(said)"
        case 1006: "the connection broke"
        default: "the runtime closed the connection\(said)"
        }
    }

    private func serve(_ link: OpenLink) async throws -> WebSocketClosure {
        let (texts, outbox) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1024))
        waiting.withLock { $0 = Waiting(outbox: outbox) }
        defer { drop(outbox) }
        return try await link.connection.run { messages, writer in
            await deliver(.up)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for await text in texts { try await writer.send(text) } }
                group.addTask { for try await text in messages { await self.receive(text) } }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func drop(_ outbox: AsyncStream<String>.Continuation) {
        outbox.finish()
        let lost = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.sent.keys.sorted()
        }
        guard !lost.isEmpty else { return }
        let error = RPCError.failed(
            "link_lost",
            "The link was lost before the answer came.",
            hint: "Check whether it took effect before you try again."
        )
        for id in lost { _ = tell(.answer(id, .failure(error), roundTrip: 0)) }
    }

    private func receive(_ text: String) async {
        switch try? RPCMessage(parsing: text, depth: JSON.writtenDepth) {
        case .answer(let id, let result):
            guard let id = id.int else { return }
            let sent = waiting.withLock { $0.sent.removeValue(forKey: id) }
            let elapsed = sent.map { ContinuousClock.now - $0 } ?? .zero
            await deliver(.answer(id, result, roundTrip: elapsed / .milliseconds(1)))
        case .notification(let method, let params): await deliver(.notification(method: method, params: params))
        case .request, nil: break
        }
    }

    // MARK: To the interface

    /// Tells the interface, and waits while it is far behind.
    private func deliver(_ event: LinkEvent) async {
        guard !tell(event) else { return }
        await withCheckedContinuation { continuation in
            let isRoom = inbox.withLock { inbox in
                guard inbox.events.count > Self.inboxLimit else { return true }
                inbox.waiting.append(continuation)
                return false
            }
            if isRoom { continuation.resume() }
        }
    }

    /// - Returns: whether there is room for more.
    private func tell(_ event: LinkEvent) -> Bool {
        let (mustTell, isRoom) = inbox.withLock { inbox in
            inbox.events.append(event)
            defer { inbox.isTold = true }
            return (!inbox.isTold, inbox.events.count <= Self.inboxLimit)
        }
        if mustTell { Task { @MainActor in await hear() } }
        return isRoom
    }

    @MainActor
    private func hear() async {
        while true {
            let (events, waiting) = inbox.withLock { inbox in
                let events = inbox.events.prefix(Self.batch)
                inbox.events = inbox.events.dropFirst(Self.batch)
                if events.isEmpty {
                    inbox.events = []
                    inbox.isTold = false
                }
                defer { inbox.waiting = [] }
                return (events, inbox.waiting)
            }
            waiting.forEach { $0.resume() }
            guard !events.isEmpty else { return }
            events.forEach(onEvent)
            await Task.yield()
        }
    }

    private static func words(_ error: any Error) -> String {
        if let words = TLSTrust.words(error) { return words }
        let text = "\(error)"
        if text.contains("refused") || text.contains("ECONNREFUSED") { return "the connection was refused" }
        return text.contains("connectTimeout") ? "no answer" : "the connection failed"
    }
}

/// A connection that has been made and is to be served.
package struct OpenLink: Sendable {
    let connection: WebSocketConnection
}

extension Link.Failure {
    package var words: String {
        switch self {
        case .unreachable(let why): why
        case .refused(_, let why): why
        case .notARuntime: "the server at this address is not a runtime with an inspection endpoint"
        }
    }
}
