internal import Inspection
package import MagmaRuntime
internal import SessionModel

extension Redaction {
    /// Of the rules that are built in: to be raised with each change of them, so that stores index their texts again.
    private static let rules = 3

    /// Bytes of an event, or of a body, above which nothing of it is found, but for what is said in messages: redacting more would
    /// hold up what waits to be stored with it.
    static let largestFound = 32 << 10

    /// What inspectors may find of events and exchanges.
    package var shownTexts: ShownTexts {
        let rules: JSON = [
            "rules": .int(Self.rules), "keys": .array(keys.sorted().map(JSON.string)),
            "masks": .array(masks.map(\.rawValue).sorted().map(JSON.string)),
        ]
        return ShownTexts(
            name: rules.text,
            ofEvent: { texts(of: $0) },
            ofExchange: { texts(of: $0) }
        )
    }

    func texts(of event: SessionEvent) -> [String] {
        // Nothing is redacted in what is said.
        if masks.isEmpty, event.isConversation { return event.searchTexts }
        guard !event.searchTexts.isEmpty else { return [] }
        let json = event.json
        guard !json.takes(moreThan: Self.largestFound) else { return [] }
        return SessionEvent(json: redacted(json))?.searchTexts ?? []
    }

    /// Of one that is under way nothing: it is stored again when it is finished.
    func texts(of exchange: Exchange) -> [String] {
        guard !exchange.isOpen else { return [] }
        var shown = Exchange(
            id: exchange.id,
            agent: exchange.agent,
            hook: exchange.hook,
            why: "",
            request: RecordedRequest(body: exchange.request.body.flatMap(found)),
            received: exchange.received
        )
        shown.response = exchange.response?.body.flatMap(found).map { RecordedResponse(status: 200, body: $0) }
        shown.error = exchange.error.flatMap { redacted(["error": .string($0)])["error"]?.string }
        return shown.searchTexts
    }

    /// A body as it is found; `nil` for one of which nothing is.
    private func found(_ body: RecordedBody) -> RecordedBody? {
        guard body.encoding != .base64, !body.value.takes(moreThan: Self.largestFound) else { return nil }
        return redacted(["body": body.value])["body"].map { RecordedBody($0, body.encoding) }
    }
}

extension SessionEvent {
    /// Whether it is a message of nothing but text.
    fileprivate var isConversation: Bool {
        switch body {
        case .messageAdded(let message), .messageChanged(let message):
            message.blocks.allSatisfy { if case .text = $0 { true } else { false } }
        default: false
        }
    }
}
