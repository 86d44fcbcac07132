internal import Foundation
internal import HTTPTypes
internal import Inspection
internal import SessionModel
internal import Synchronization
internal import WebSocket

/// Makes events of one session at a steady rate, through the inspection protocol: edits that change a message over and
/// over, an event each time.
final class EventStorm: Sendable {
    private static let edits = 100

    private let port: Int
    private let token: String
    private let perSecond: Int
    private let made = Mutex(0)

    /// - Parameter perSecond: events a second; what cannot be made in time is left out.
    init(port: Int, token: String, perSecond: Int) {
        self.port = port
        self.token = token
        self.perSecond = perSecond
    }

    /// How many events have been made.
    var count: Int { made.withLock { $0 } }

    /// Runs until the task is cancelled.
    func run(on session: String) async throws {
        var target = WebSocketClient.Target(host: "127.0.0.1", port: port, path: Inspection.path)
        target.fields[.secWebSocketProtocol] = Inspection.subprotocol
        target.fields[.authorization] = "Bearer \(token)"
        var configuration = WebSocketConfiguration()
        configuration.maxMessageSize = Inspection.maximumMessage
        let connection = try await WebSocketClient.connect(to: target, configuration: configuration)
        try await connection.run { messages, writer in
            var answers = messages.makeAsyncIterator()
            func call(_ method: Method, _ params: JSON) async throws -> JSON {
                try await writer.send(RPCMessage.request(RPCRequest(id: 1, method: method.name, params: params)).text)
                while let text = try await answers.next() {
                    if case .answer(_, let result) = try RPCMessage(parsing: text, depth: JSON.writtenDepth) {
                        return try result.get()
                    }
                }
                throw Load.Failed(description: "the runtime did not answer")
            }
            let named: JSON.Object = ["agent": "echo", "session": .string(session)]
            func with(_ more: JSON.Object) -> JSON {
                var params = named
                for (name, value) in more { params[name] = value }
                return .object(params)
            }
            _ = try await call(.create, .object(named))
            let add: JSON = [["op": "add", "message": ["role": "user", "content": "storm"]]]
            let attached = try await call(.attach, .object(named))
            _ = try await call(.detach, ["attachment": attached["attachment"] ?? ""])
            let start = attached["head"]?["seq"] ?? 1
            var seq = try await call(.edit, with(["context": add, "expect": start]))["seq"] ?? 2
            let id = try await call(.at, with(["seq": seq]))["messages"]?.array?.first?["id"] ?? ""
            var next = ContinuousClock.now
            while !Task.isCancelled {
                let steps = (0..<Self.edits).map { number -> JSON in
                    ["op": "change", "id": id, "message": ["role": "user", "content": .string("storm \(number)")]]
                }
                seq = try await call(.edit, with(["context": .array(steps), "expect": seq]))["seq"] ?? seq
                made.withLock { $0 += Self.edits + 1 }
                next = max(.now - .seconds(1), next + .seconds(1) * Double(Self.edits + 1) / Double(perSecond))
                try await Task.sleep(until: next)
            }
        }
    }
}
