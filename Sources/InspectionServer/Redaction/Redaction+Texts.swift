internal import Inspection
package import MagmaRuntime
internal import SessionModel

extension Redaction {
    /// Of the rules that are built in: to be raised with each change of them, so that stores index their texts again.
    private static let rules = 1

    /// What inspectors may find of events and exchanges.
    package var shownTexts: ShownTexts {
        let rules: JSON = [
            "rules": .int(Self.rules), "keys": .array(keys.sorted().map(JSON.string)),
            "masks": .array(masks.map(\.rawValue).sorted().map(JSON.string)),
        ]
        return ShownTexts(
            name: rules.text,
            ofEvent: { texts(of: $0) },
            ofExchange: { Exchange(json: redacted($0.json))?.searchTexts ?? [] }
        )
    }

    func texts(of event: SessionEvent) -> [String] {
        // Nothing is redacted in what is said.
        if masks.isEmpty, event.isConversation { return event.searchTexts }
        guard !event.searchTexts.isEmpty else { return [] }
        return SessionEvent(json: redacted(event.json))?.searchTexts ?? []
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
