internal import Inspection
internal import SessionModel
internal import WebSocket

/// Writes to one inspector: redacts secrets in all messages, and suspends while the inspector reads slowly.
struct RedactingWriter: Sendable {
    let writer: WebSocketWriter
    let redaction: Redaction

    func notify(_ notification: InspectionNotification, _ params: JSON) async throws {
        try await writer.send(
            RPCMessage.notification(method: notification.rawValue, params: redaction.redacted(params)).text
        )
    }

    /// Passes on what another process tells, which has hidden what is hidden.
    func pass(_ notification: InspectionNotification, _ params: JSON) async throws {
        try await writer.send(RPCMessage.notification(method: notification.rawValue, params: params).text)
    }

    func notify(_ events: [RenderedEvent], attachment: String) async throws {
        try await writer.send(
            contentsOf: events.map {
                #"{"jsonrpc":"2.0","method":"\#(InspectionNotification.sessionEvent.rawValue)","params":{"attachment":"\#(attachment)","event":\#($0.json)}}"#
            }
        )
    }

    /// - Parameter isRevealed: whether what is hidden otherwise was asked for.
    func answer(_ id: JSON, _ result: Result<JSON, RPCError>, isRevealed: Bool = false) async throws {
        let cleaned = isRevealed ? result : result.map(redaction.redacted)
        try await writer.send(RPCMessage.answer(id: id, result: cleaned).text)
    }
}
