/// The rules for a session's id: 1 to 256 bytes of UTF-8 without control characters. Two ids are the same when their bytes
/// are.
package enum SessionID {
    package static let temporaryPrefix = "tmp_"
    package static let maximumBytes = 256

    /// What is wrong with `id`, as a sentence; `nil` when it is fine.
    package static func problem(_ id: String) -> String? {
        guard !id.isEmpty else { return "A session id must not be empty." }
        guard id.utf8.count <= maximumBytes else {
            return "The session id has \(id.utf8.count) bytes; at most \(maximumBytes) are allowed."
        }
        guard !id.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            return "The session id holds a control character; use printable text."
        }
        guard !id.unicodeScalars.contains("\u{FFFD}") else {
            return
                "The session id contains U+FFFD, which replaces bytes that are not valid Unicode; send the id itself."
        }
        return nil
    }

    package static func isTemporary(_ id: String) -> Bool { id.startsExactly(with: temporaryPrefix) }
}

/// Identifies a session: its agent and its id.
package struct SessionKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    @ExactString package var agent: String
    @ExactString package var session: String

    package init(agent: String, session: String) {
        self.agent = agent
        self.session = session
    }

    package var description: String { "\(agent)/\(session)" }

    // Ids tell sessions apart sooner than the few agents do.
    package static func == (left: SessionKey, right: SessionKey) -> Bool {
        left.session.isExactly(right.session) && left.agent.isExactly(right.agent)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(_session) }

    /// By agent and id, as bytes, as stores order them.
    package static func < (left: SessionKey, right: SessionKey) -> Bool {
        left.agent.isExactly(right.agent) ? left.session.precedes(right.session) : left.agent.precedes(right.agent)
    }
}
