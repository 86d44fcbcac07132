internal import Foundation
internal import Inspection
package import InspectionClient
package import SessionModel
internal import Synchronization
internal import WebSocket

/// The link to a runtime: connects, says when it is lost, and comes back by itself.
package final class Link: Sendable {
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

    private let connector: RuntimeConnector
    private let onEvent: @MainActor @Sendable (LinkEvent) -> Void
    private let waiting = Mutex(Waiting())
    private let inbox = Mutex(Inbox())

    /// - Parameter onEvent: hears everything in order, on the main actor.
    package init(
        through connector: RuntimeConnector,
        onEvent: @escaping @MainActor @Sendable (LinkEvent) -> Void
    ) {
        self.connector = connector
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
    package func connect() async throws(RuntimeConnector.Failure) -> OpenLink {
        OpenLink(connection: try await connector.connect())
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
                let begin = ContinuousClock.now
                // One that ends as soon as it was asked something will most likely do so again.
                defer { if ContinuousClock.now - begin > .milliseconds(Backoff.longest) { backoff.reset() } }
                reason = try await serve(link).words
            } catch let failure as RuntimeConnector.Failure {
                reason = failure.words
            } catch {
                reason = RuntimeConnector.words(error)
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
}

/// A connection that has been made and is to be served.
package struct OpenLink: Sendable {
    let connection: WebSocketConnection
}
