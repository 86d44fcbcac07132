internal import HTTPTypes
internal import Logging
internal import MagmaRuntime
internal import NIOWebSocket
internal import SessionModel
internal import Synchronization
internal import WebSocket

/// A chat over WebSocket whose session another process has: frames go both ways through this one. When that process goes, the
/// client keeps its socket, and the chat goes on where the session is then.
struct ForwardedChat: Sendable {
    let runtime: Runtime
    let access: NodeAccess
    let place: SessionPlace
    /// Whether the session is found again when its process goes.
    let mayMove: Bool
    /// Of the client's request.
    let path: String
    let peer: String
    let socket: WebSocketConfiguration
    let log: Logger

    /// How long the session is looked for, when the process that had it has gone.
    private static let patience = Duration.seconds(75)
    private static let pause = Duration.milliseconds(250)

    func serve(_ connection: WebSocketConnection) async {
        do {
            try await connection.run { messages, writer in try await pump(messages, writer) }
        } catch {
            log.debug("A forwarded chat's socket broke", metadata: ["session": "\(place.key)", "error": "\(error)"])
        }
    }

    private func pump(_ messages: WebSocketMessages, _ client: WebSocketWriter) async throws {
        let owner = OwnerLine(runtime)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await text in messages { try await owner.send(text) } }
            group.addTask { try await follow(owner, client) }
            let first = await group.nextResult()
            await owner.stop()
            group.cancelAll()
            try first?.get()
        }
    }

    /// Passes on what the session's process sends, and looks for the next one when that goes.
    private func follow(_ owner: OwnerLine, _ client: WebSocketWriter) async throws {
        while true {
            let (line, contact) = try await connect()
            let closure = await untilGone(contact) {
                try? await line.run { frames, writer in
                    await owner.begin(writer)
                    for try await frame in frames {
                        await owner.heard(frame)
                        try await client.send(frame)
                    }
                }
            }
            for frame in await owner.end() { try await client.send(frame) }
            // It went away (1001), restarts (1012), or broke off.
            let code = closure?.code ?? 1006
            guard [1001, 1006, 1012].contains(code) else {
                if code == 1000 { return }
                throw WebSocketViolation(WebSocketErrorCode(codeNumber: code))
            }
            guard mayMove else { throw WebSocketViolation(WebSocketErrorCode(codeNumber: 1012)) }
        }
    }

    /// How often it is looked whether the session's process is still there.
    private static let watch = Duration.seconds(1)

    /// Runs `work` while a process is there: one that was stopped says nothing, and its connection does not break.
    private func untilGone(
        _ contact: NodeContact,
        _ work: @escaping @Sendable () async -> WebSocketClosure?
    ) async -> WebSocketClosure? {
        await withTaskGroup(of: WebSocketClosure?.self) { group in
            group.addTask { await work() }
            group.addTask {
                while (try? await Task.sleep(for: Self.watch)) != nil, await !access.isGone(contact) {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Opens a socket to the process that has the session now; to this one as well.
    private func connect() async throws -> (line: WebSocketConnection, contact: NodeContact) {
        let end = ContinuousClock.now + Self.patience
        while true {
            do { return try await open(try await address()) } catch let error as WebSocketClient.Refused {
                // The session has ended, or is not there any more.
                if (400...499).contains(error.status), ![421, 429].contains(error.status) {
                    throw WebSocketViolation(.policyViolation)
                }
            } catch let error as RuntimeError where error.kind == .conflict || error.kind == .malformed {
                throw WebSocketViolation(.policyViolation)
            } catch { try Task.checkCancellation() }
            // Try again later (the registry of close codes of RFC 6455).
            guard ContinuousClock.now < end else { throw WebSocketViolation(WebSocketErrorCode(codeNumber: 1013)) }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func address() async throws -> String {
        do { try await runtime.wake(place, origin: .websocket) } catch let error as RuntimeError {
            guard let address = error.address else { throw error }
            return address
        }
        guard let own = try await access.own else { throw RuntimeError.ownerUnreachable("") }
        return own.address
    }

    private func open(_ address: String) async throws -> (line: WebSocketConnection, contact: NodeContact) {
        let contact = try await access.contact(at: address)
        guard let secret = HTTPField.Name(NodeAccess.Field.secret), let from = HTTPField.Name(NodeAccess.Field.peer),
            let target = WebSocketClient.Target(
                server: address,
                path: path,
                fields: [secret: access.secret, from: peer]
            )
        else { throw RuntimeError.ownerUnreachable(address) }
        do {
            let line = try await WebSocketClient.connect(
                to: target,
                trust: try contact.certificate.map { try TLSTrust(also: $0) },
                configuration: socket
            )
            return (line, contact)
        } catch {
            access.forget(address)
            throw error
        }
    }
}

/// The socket to the process that has a session, while there is one.
private actor OwnerLine {
    private var writer: WebSocketWriter?
    /// Counts the sockets: what comes of an older one is of no account.
    private var number = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// Whether a message was sent of which nothing has been heard, and whether its turn was said to be under way.
    private var (isSent, isLoading) = (false, false)
    private var isStopped = false
    private let runtime: Runtime
    /// Whether the runtime knows of something that is under way.
    private var isTold = false

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// A shutdown of this process waits for an answer that is under way.
    private func tell() {
        let isUnderWay = !isStopped && (isSent || isLoading)
        guard isUnderWay != isTold else { return }
        isTold = isUnderWay
        if isTold { runtime.beginElsewhere() } else { runtime.endElsewhere() }
    }

    func begin(_ writer: WebSocketWriter) {
        self.writer = writer
        number += 1
        resumeWaiting()
    }

    /// Those who wait give up.
    func stop() {
        isStopped = true
        tell()
        resumeWaiting()
    }

    private func resumeWaiting() {
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    /// - Returns: frames for the client, where a message of it will not be answered.
    func end() -> [String] {
        writer = nil
        defer {
            (isSent, isLoading) = (false, false)
            tell()
        }
        guard isSent || isLoading else { return [] }
        let why = "The node that had the session went before it had answered; send the message again."
        return [ChatFrame.error(why).text, ChatFrame.loading(false).text]
    }

    func heard(_ frame: String) {
        defer { tell() }
        isSent = false
        // Only the newest turn says that it is over: a superseded one says nothing.
        guard let json = try? JSON(parsing: frame), json["type"] == "loading", let data = json["data"]?.bool else {
            return
        }
        isLoading = data
    }

    /// Waits for a socket while there is none.
    func send(_ text: String) async throws {
        while true {
            while writer == nil {
                if isStopped { throw CancellationError() }
                await withCheckedContinuation { waiting.append($0) }
            }
            let (socket, own) = (writer, number)
            isSent = true
            tell()
            do { return try await socket?.send(text) ?? () } catch {
                // Where its end was told, the client sends it again itself; otherwise it goes to the next one.
                guard isSent, own == number else { return }
                (writer, isSent) = (nil, false)
                tell()
            }
        }
    }
}
