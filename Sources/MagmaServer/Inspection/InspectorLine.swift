internal import Inspection
internal import SessionModel
internal import WebSocket

/// The way to one inspector: takes secrets out of whatever goes there, and suspends while it reads slowly.
struct InspectorLine: Sendable {
    let writer: WebSocketWriter

    func notify(_ method: String, _ params: JSON) async throws {
        try await writer.send(RPCMessage.notification(method: method, params: Redaction.redacted(params)).text)
    }

    func answer(_ id: JSON, _ result: Result<JSON, RPCError>) async throws {
        try await writer.send(RPCMessage.answer(id: id, result: result.map(Redaction.redacted)).text)
    }
}
