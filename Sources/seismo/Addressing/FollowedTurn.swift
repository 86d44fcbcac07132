internal import Inspection
internal import InspectionClient
internal import SessionModel

/// A turn that was sent and followed to its end.
struct FollowedTurn {
    /// What happens while the turn runs.
    enum Told {
        /// All that has streamed of the message that is being written.
        case text(String)
        case event(JSON)
    }

    /// What `session.send` answered.
    let sent: JSON
    let events: [JSON]
    let result: TurnResult
}

extension Asked {
    /// Sends a message and follows its turn to the end.
    ///
    /// - Parameter tell: hears what streams and happens.
    func turn(
        _ message: JSON,
        _ key: SessionKey,
        tell: (FollowedTurn.Told) throws -> Void = { _ in }
    ) async throws -> FollowedTurn {
        // Attached first, so that nothing of the turn is missed.
        let attached = try await client.call(Methods.attach, AttachParams(key) { $0.window = 0 }).result
        let sent = try await client.call(Methods.send, SendParams(key) { $0.message = message })
        var events: [JSON] = []
        while true {
            let told = try await client.notification()
            if told.method == .turnDelta, let delta = TurnDelta(json: told.params),
                delta.turn.isExactly(sent.result.turn)
            {
                try tell(.text(delta.text))
            }
            guard told.method == .sessionEvent, let event = EventTold(json: told.params),
                event.attachment.isExactly(attached.attachment),
                event.document["turn"]?.string?.isExactly(sent.result.turn) ?? false
            else { continue }
            events.append(event.document)
            try tell(.event(event.document))
            if case .turnFinished(let result)? = SessionEvent(json: event.document)?.body {
                _ = try await client.call(Methods.detach, AttachmentName(attached.attachment))
                return FollowedTurn(sent: sent.json, events: events, result: result)
            }
        }
    }
}
