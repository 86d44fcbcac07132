internal import Inspection
internal import SessionModel
internal import WebSocket

/// The way to one inspector; suspends while it reads slowly.
struct InspectorLine: Sendable {
    let writer: WebSocketWriter

    func notify(_ method: String, _ params: JSON) async throws {
        try await writer.send(RPCMessage.notification(method: method, params: params).text)
    }

    func answer(_ id: JSON, _ result: Result<JSON, RPCError>) async throws {
        try await writer.send(RPCMessage.answer(id: id, result: result).text)
    }
}
