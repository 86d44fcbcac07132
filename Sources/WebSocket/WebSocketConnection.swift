internal import NIOCore
internal import NIOWebSocket
internal import ServiceLifecycle
internal import SessionModel
internal import Synchronization

/// One open WebSocket that carries text messages.
package struct WebSocketConnection: Sendable {
    enum Role: Sendable { case client, server }

    private let channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    private let role: Role
    private let configuration: WebSocketConfiguration

    /// - Precondition: runs on the channel's event loop.
    init(wrapping channel: any Channel, role: Role, configuration: WebSocketConfiguration) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(FrameValidator(role: role))
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0,
                maxAccumulatedFrameCount: configuration.maxFragments,
                maxAccumulatedFrameSize: configuration.maxMessageSize
            )
        )
        self.channel = try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
        self.role = role
        self.configuration = configuration
    }

    /// Gives `body` the two directions of the socket, and closes it when `body` ends: with 1000, or with the code of a
    /// ``WebSocketViolation`` that `body` throws. A graceful shutdown closes it with 1001.
    ///
    /// - Returns: how it was closed, by whichever side was first.
    @discardableResult
    package func run(
        _ body: (WebSocketMessages, WebSocketWriter) async throws -> Void
    ) async throws -> WebSocketClosure {
        let state = WebSocketState()
        try await channel.executeThenClose { inbound, outbound in
            let writer = WebSocketWriter(outbound: outbound, role: role, state: state)
            let messages = WebSocketMessages(inbound: inbound, writer: writer, limit: configuration.maxMessageSize)
            try await withGracefulShutdownHandler {
                try await keepingAlive(writer, state) {
                    try await closing(writer) { try await body(messages, writer) }
                }
            } onGracefulShutdown: {
                goAway(writer)
            }
        }
        return state.closure
    }

    private func closing(_ writer: WebSocketWriter, _ body: () async throws -> Void) async throws {
        do {
            try await body()
            await close(writer, .normalClosure)
        } catch let violation as WebSocketViolation {
            await close(writer, violation.code)
        }
    }

    /// Says that it closes, unless the peer reads nothing.
    private func close(_ writer: WebSocketWriter, _ code: WebSocketErrorCode) async {
        let late = Task {
            try await Task.sleep(for: configuration.closeTimeout)
            channel.channel.close(promise: nil)
        }
        defer { late.cancel() }
        try? await writer.close(code)
    }

    private func keepingAlive(
        _ writer: WebSocketWriter,
        _ state: WebSocketState,
        _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keepAlive(writer, state) }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func keepAlive(_ writer: WebSocketWriter, _ state: WebSocketState) async throws {
        while true {
            let begin = ContinuousClock.now
            try await Task.sleep(for: configuration.pingInterval)
            // If this process was suspended, the silence is not the peer's.
            if ContinuousClock.now - begin > configuration.pingInterval * 3 / 2 { state.heardPeer() }
            guard state.silence < configuration.pingInterval * 2 else { return channel.channel.close(promise: nil) }
            try await writer.ping()
        }
    }

    private func goAway(_ writer: WebSocketWriter) {
        Task {
            try? await writer.close(.goingAway)
            // A stopping server has only seconds for all of its connections.
            try? await Task.sleep(for: min(configuration.closeTimeout, .seconds(1)))
            channel.channel.close(promise: nil)
        }
    }
}

/// What the reading, writing and keep-alive sides of one connection share.
final class WebSocketState: Sendable {
    private let lastHeard = Mutex(ContinuousClock.now)
    private let closeSent = Mutex(false)
    private let firstClosure = Mutex<WebSocketClosure?>(nil)

    func heardPeer() { lastHeard.withLock { $0 = .now } }
    var silence: Duration { lastHeard.withLock { .now - $0 } }

    func note(_ closure: WebSocketClosure) { firstClosure.withLock { if $0 == nil { $0 = closure } } }
    var closure: WebSocketClosure { firstClosure.withLock { $0 } ?? .abnormal }

    /// Whether this call is the first to close; each side sends one close frame.
    func beginClose() -> Bool {
        closeSent.withLock { sent in
            defer { sent = true }
            return !sent
        }
    }
}
