/// A session as a row of the list.
package struct SessionSummary: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable { case lasting, temporary }
    package enum Status: String, Sendable, Hashable { case awake, asleep, ended }

    /// What is wrong with a session, and the event that said so. By reference: few sessions have any.
    package final class Trouble: Sendable, Hashable {
        package let kind: String
        package let seq: Int
        /// The beginning of the message; the event has all of it.
        package let text: String

        private static let longestText = 1000

        package init(kind: String, seq: Int, text: String) {
            self.kind = kind
            self.seq = seq
            self.text = text.prefix(bytes: Self.longestText)
        }

        package static func == (left: Trouble, right: Trouble) -> Bool {
            left.seq == right.seq && left.kind.isExactly(right.kind) && left.text.isExactly(right.text)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(seq)
            hasher.combine(ExactString(text))
        }
    }

    /// Milliseconds since 1970.
    package struct Times: Sendable, Hashable {
        package var created: Int64
        package var active: Int64
        /// When it ends or is forgotten; `nil` for a lasting session.
        package var expires: Int64?
        package var nextTick: Int64?
    }

    package var key: SessionKey
    package var kind: Kind
    package var status: Status = .awake
    package var times: Times
    package var seq = 0
    package var messages = 0
    package var inputTokens = 0
    package var outputTokens = 0
    /// `thinking`, `tool:NAME`, `hook:NAME` or `tick:NAME`.
    package var doing: String?
    /// The runtime that has it, where several use one database; `nil` for one that sleeps.
    package var node: String?
    /// Whether a job of it is paused.
    package var paused = false
    package var trouble: Trouble?
    package var origin: Origin

    /// Input and output together.
    package var tokens: Int { inputTokens.addingCount(outputTokens) }

    package init(key: SessionKey, kind: Kind, created: Int64, origin: Origin) {
        self.key = key
        self.kind = kind
        times = Times(created: created, active: created)
        self.origin = origin
    }
}
