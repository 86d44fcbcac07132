package import Inspection
package import SessionModel
internal import Synchronization
internal import WebSocket

/// One connection to a runtime, for a program that asks and reads: requests are answered by their methods' types, and
/// what the runtime tells in between comes in order.
package final class InspectionClient: Sendable {
    /// What a method answered: its result, and the JSON as the runtime sent it.
    package struct Answer<Result: Sendable>: Sendable {
        package let result: Result
        package let json: JSON
    }

    /// The connection ended before a request was answered, or while notifications were read.
    package struct Lost: Error, Sendable {
        /// Why, in words.
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// What the runtime answered cannot be read.
    package struct Unreadable: Error, Sendable, CustomStringConvertible {
        /// `nil` for what is no answer of JSON-RPC 2.0.
        package let method: String?

        package var description: String {
            method.map { "Its answer to \($0) has other members than the protocol says." }
                ?? "Its answer has neither a result nor an error that JSON-RPC 2.0 knows."
        }
    }

    private typealias Waiting = CheckedContinuation<JSON, any Error>

    private struct State {
        var next = 1
        var waiting: [Int: Waiting] = [:]
        /// Why there are no more answers.
        var end: Lost?
    }

    private let state = Mutex(State())
    private let writer: WebSocketWriter
    private let patience: Duration?
    /// What was told and is not yet read.
    private let inbox = NotificationInbox()

    private init(_ writer: WebSocketWriter, _ patience: Duration?) {
        self.writer = writer
        self.patience = patience
    }

    /// Connects, gives `body` the connection, and closes it when `body` has ended.
    ///
    /// - Parameter patience: for answers to what only reads; `nil` for any time.
    /// - Throws: `RuntimeConnector.Failure` when there is no connection, and what `body` throws.
    package static func with<Result: Sendable>(
        _ connector: RuntimeConnector,
        patience: Duration? = nil,
        _ body: (InspectionClient) async throws -> Result
    ) async throws -> Result {
        let connection = try await connector.connect()
        var outcome: Swift.Result<Result, any Error>?
        do {
            try await connection.run { messages, writer in
                let client = InspectionClient(writer, patience)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await client.read(messages) }
                    do { outcome = .success(try await body(client)) } catch { outcome = .failure(error) }
                    client.inbox.close()
                    group.cancelAll()
                }
            }
        } catch {
            // When all is answered, it does not matter how the connection ends.
            if outcome == nil { throw Lost(reason: RuntimeConnector.words(error)) }
        }
        guard let outcome else { throw Lost(reason: "the connection broke") }
        return try outcome.get()
    }

    private func read(_ messages: WebSocketMessages) async {
        var reason = "the runtime closed the connection"
        do {
            for try await text in messages { await receive(text) }
        } catch { reason = RuntimeConnector.words(error) }
        end(Lost(reason: reason))
    }

    private func end(_ lost: Lost) {
        let waiting = state.withLock { state in
            state.end = lost
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume(throwing: lost) }
        inbox.end(lost)
    }

    private func giveUp(_ id: Int, _ method: String, after patience: Duration) async {
        guard (try? await Task.sleep(for: patience)) != nil else { return }
        let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
        waiting?.resume(
            throwing: Lost(reason: "it did not answer \(method) within \(patience.components.seconds) seconds")
        )
    }

    private func receive(_ text: String) async {
        switch try? RPCMessage(parsing: text, depth: JSON.writtenDepth) {
        case .answer(let id, let result):
            guard let id = id.int, let waiting = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return }
            waiting.resume(with: result.mapError { $0 as any Error })
        case .notification(let method, let params):
            guard let method = InspectionNotification(rawValue: method) else { return }
            // While an answer is awaited nobody may be reading these: it must still be found behind them.
            let isRoom = await inbox.add((method, params)) { state.withLock { !$0.waiting.isEmpty } }
            if !isRoom { end(Lost(reason: "the runtime tells more than can be read, and does not answer")) }
        case .request: break
        case nil:
            // An answer that is none of JSON-RPC's: nobody may wait for it for ever.
            guard let id = RPCMessage.readableID(in: text).int else {
                return end(Lost(reason: "the runtime sent what is not JSON-RPC"))
            }
            let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
            waiting?.resume(throwing: Unreadable(method: nil))
        }
    }
}

extension InspectionClient {
    /// Calls a method.
    ///
    /// - Throws: `RPCError` when the runtime refuses, ``Lost`` when the connection ends before its answer, and
    ///   ``Unreadable`` for an answer that is not of the method.
    package func call<Params, Result>(
        _ method: Method<Params, Result>,
        _ params: Params,
        within limit: Duration? = nil
    ) async throws -> Answer<Result> {
        let limit = limit ?? (method.declaration.role == .viewer ? patience : nil)
        let json = try await call(method.name, params.json, within: limit)
        guard let result = Result(json: json) else { throw Unreadable(method: method.name) }
        return Answer(result: result, json: json)
    }

    /// Calls a method with parameters that came from elsewhere.
    ///
    /// - Parameter patience: after which the runtime counts as one that does not answer.
    /// - Throws: `RPCError`, ``Lost``.
    package func call(_ method: String, _ params: JSON, within patience: Duration? = nil) async throws -> JSON {
        let id = state.withLock { state in
            // Counts requests of one connection.
            defer { state.next &+= 1 }
            return state.next
        }
        let text = RPCMessage.request(RPCRequest(id: .int(id), method: method, params: params)).text
        let late = patience.map { patience in Task { await self.giveUp(id, method, after: patience) } }
        defer { late?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: Waiting) in
                let lost: (any Error)? = state.withLock { state in
                    if Task.isCancelled { return CancellationError() }
                    if let end = state.end { return end }
                    state.waiting[id] = continuation
                    return nil
                }
                inbox.makeRoom()
                if let lost { return continuation.resume(throwing: lost) }
                // Where it cannot be sent, the connection ends, and with it the wait.
                Task { [writer] in try? await writer.send(text) }
            }
        } onCancel: {
            let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
            waiting?.resume(throwing: CancellationError())
        }
    }

    /// The next notification, in the order in which they came.
    ///
    /// - Throws: ``Lost`` when the connection has ended, after all that had come before.
    package func notification() async throws -> (method: InspectionNotification, params: JSON) {
        try await inbox.next()
    }
}
