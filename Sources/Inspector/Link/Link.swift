internal import Foundation
internal import HTTPTypes
internal import Inspection
package import SessionModel
internal import Synchronization
internal import WebSocket

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

    private let address: RuntimeAddress
    private let token: @Sendable () -> String?
    private let onEvent: @MainActor @Sendable (LinkEvent) -> Void
    private let waiting = Mutex(Waiting())

    /// - Parameters:
    ///   - token: asked before each try, since a runtime that was started anew has a new one.
    ///   - onEvent: hears everything in order, on the main actor.
    package init(
        to address: RuntimeAddress,
        token: @escaping @Sendable () -> String?,
        onEvent: @escaping @MainActor @Sendable (LinkEvent) -> Void
    ) {
        self.address = address
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
        Task { @MainActor in onEvent(.answer(id, .failure(offline), roundTrip: 0)) }
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
            return OpenLink(connection: try await WebSocketClient.connect(to: target, configuration: configuration))
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

    /// Serves a connection and then others, for as long as the task lives.
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
                try await serve(link)
            } catch let failure as Failure {
                reason = failure.words
            } catch {
                reason = Self.words(error)
            }
            guard !Task.isCancelled else { return }
            await wait(reason, backoff.wait())
        }
    }

    private func wait(_ reason: String, _ milliseconds: Double) async {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        await onEvent(.down(reason: reason, since: now, retryAt: now + Int64(milliseconds)))
        try? await Task.sleep(for: .milliseconds(milliseconds))
        if !Task.isCancelled { await onEvent(.connecting) }
    }

    private func serve(_ link: OpenLink) async throws {
        let (texts, outbox) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1024))
        waiting.withLock { $0 = Waiting(outbox: outbox) }
        defer { drop(outbox) }
        try await link.connection.run { messages, writer in
            await onEvent(.up)
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
            hint: "See whether it was done, then try again."
        )
        Task { @MainActor in for id in lost { onEvent(.answer(id, .failure(error), roundTrip: 0)) } }
    }

    private func receive(_ text: String) async {
        switch try? RPCMessage(parsing: text) {
        case .answer(let id, let result):
            guard let id = id.int else { return }
            let sent = waiting.withLock { $0.sent.removeValue(forKey: id) }
            let elapsed = sent.map { ContinuousClock.now - $0 } ?? .zero
            await onEvent(.answer(id, result, roundTrip: elapsed / .milliseconds(1)))
        case .notification(let method, let params): await onEvent(.notification(method: method, params: params))
        case .request, nil: break
        }
    }

    private static func words(_ error: any Error) -> String {
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
        case .notARuntime: "what answers there is no runtime with an inspection endpoint"
        }
    }
}
