internal import Synchronization

/// A text that grows piece by piece, and is looked at now and then: a piece costs no more the longer it is.
package final class StreamedText: Sendable {
    private struct State {
        var text = ""
        /// The end of the text that ``take()`` has not given away.
        var pending = ""

        mutating func takePending() -> (piece: String, text: String)? {
            guard !pending.isEmpty else { return nil }
            defer { pending = "" }
            return (pending, text)
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// The text so far.
    package var text: String { state.withLock(\.text) }

    func append(_ piece: String) {
        state.withLock { state in
            state.text += piece
            state.pending += piece
        }
    }

    /// Bytes up to which every piece is sent.
    private static let short = 16 << 10
    private static let share = 64

    /// The text added since the last call, and the whole text; `nil` while the addition is too small a share of the whole. Bounds
    /// what is sent for a text to a multiple of its length, however small its pieces are.
    func take() -> (piece: String, text: String)? {
        state.withLock { state -> (piece: String, text: String)? in
            let length = state.text.utf8.count
            guard length <= Self.short || state.pending.utf8.count >= length / Self.share else { return nil }
            return state.takePending()
        }
    }

    /// What is left at the end.
    func takeRest() -> (piece: String, text: String)? { state.withLock { $0.takePending() } }
}
