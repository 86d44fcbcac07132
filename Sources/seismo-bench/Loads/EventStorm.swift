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
            func call<Params, Result>(_ method: Method<Params, Result>, _ params: Params) async throws -> Result {
                let request = RPCRequest(id: 1, method: method.name, params: params.json)
                try await writer.send(RPCMessage.request(request).text)
                while let text = try await answers.next() {
                    guard case .answer(_, let answer) = try RPCMessage(parsing: text, depth: JSON.writtenDepth) else {
                        continue
                    }
                    guard let result = Result(json: try answer.get()) else { break }
                    return result
                }
                throw Load.Failed(description: "the runtime did not answer \(method.name)")
            }
            let key = SessionKey(agent: "echo", session: session)
            func edit(_ steps: JSON, _ seq: Int) async throws -> Int {
                try await call(Methods.edit, EditParams(key) { ($0.context, $0.expect) = (steps, seq) }).seq ?? seq
            }
            let create = CreateParams { ($0.agent, $0.session) = (key.agent, key.session) }
            _ = try await call(Methods.create, create)
            let attached = try await call(Methods.attach, AttachParams(key))
            _ = try await call(Methods.detach, AttachmentName(attached.attachment))
            let add: JSON = [["op": "add", "message": ["role": "user", "content": "storm"]]]
            var seq = try await edit(add, attached.head.count("seq") ?? 1)
            let id = try await call(Methods.at, MomentParams(key) { $0.seq = seq }).messages.first?["id"] ?? ""
            var next = ContinuousClock.now
            while !Task.isCancelled {
                let steps = (0..<Self.edits).map { number -> JSON in
                    ["op": "change", "id": id, "message": ["role": "user", "content": .string("storm \(number)")]]
                }
                seq = try await edit(.array(steps), seq)
                made.withLock { $0 += Self.edits + 1 }
                next = max(.now - .seconds(1), next + .seconds(1) * Double(Self.edits + 1) / Double(perSecond))
                try await Task.sleep(until: next)
            }
        }
    }
}
