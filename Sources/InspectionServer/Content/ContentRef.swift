internal import Foundation
internal import Inspection
internal import SessionModel

/// Refers to a text or value that was too large for an answer. An inspector passes it to `content.get` to read it in
/// pieces.
struct ContentRef: Sendable, Hashable {
    /// What it is a part of.
    enum Source: Sendable, Hashable {
        case event(SessionKey, seq: Int)
        /// Of the context as it is, or as it was after an event.
        case message(SessionKey, id: String, at: Int?)
        case exchange(String)
        /// The state as it was after an event.
        case state(SessionKey, at: Int)
    }

    let source: Source
    /// In the JSON of its source.
    let path: JSONPointer

    /// The reference as opaque text for inspectors, encoded so that no mask matches in it.
    var text: String {
        let parts: JSON =
            switch source {
            case .event(let key, let seq):
                ["event", .string(key.agent), .string(key.session), .int(seq), .string(path.description)]
            case .message(let key, let id, let seq):
                [
                    "message", .string(key.agent), .string(key.session), .string(id), seq.map { .int($0) } ?? .null,
                    .string(path.description),
                ]
            case .exchange(let id): ["exchange", .string(id), .string(path.description)]
            case .state(let key, let seq):
                ["state", .string(key.agent), .string(key.session), .int(seq), .string(path.description)]
            }
        return Data(parts.bytes).base64EncodedString().replacing("=", with: "")
    }

    init(_ source: Source, _ path: JSONPointer) {
        self.source = source
        self.path = path
    }

    /// - Throws: ``RPCError`` for what no answer held.
    init(parsing text: String) throws(RPCError) {
        let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let parts = Data(base64Encoded: padded).flatMap { try? JSON(parsing: Array($0)) }?.array ?? []
        func key() -> SessionKey? {
            guard let agent = parts[1].string, let session = parts[2].string else { return nil }
            return SessionKey(agent: agent, session: session)
        }
        let source: Source? =
            switch (parts.first?.word, parts.count) {
            case ("event", 5): key().flatMap { key in parts[3].count.map { .event(key, seq: $0) } }
            case ("message", 6):
                key().flatMap { key in parts[3].string.map { .message(key, id: $0, at: parts[4].count) } }
            case ("exchange", 3): parts[1].string.map { .exchange($0) }
            case ("state", 5): key().flatMap { key in parts[3].count.map { .state(key, at: $0) } }
            default: nil
            }
        guard let source, let path = parts.last?.string.flatMap(JSONPointer.init(parsing:)) else {
            throw .invalidParams("'ref' was not issued by this runtime.")
        }
        self.init(source, path)
    }
}
