internal import DequeModule
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// Pieces of an answer's text that wait for a client. When many wait, since it reads slowly, those that come are joined to the
/// last of them, so that none is lost and the line never grows long.
///
/// A placeholder stands for them in the line; its reader takes what waits there by then.
final class WaitingDeltas: Sendable {
    private struct Delta {
        let id: String
        var text: String
        var buffer: String
    }

    /// Pieces that wait one by one; a socket's line has room for more frames than that.
    static let most = 128
    /// Maximum bytes that wait before pieces are joined.
    static let mostBytes = 1 << 20

    private struct State {
        var waiting: Deque<Delta> = []
        var bytes = 0
        /// Whether something else stands in line behind the last of them.
        var isSealed = false
    }

    private let state = Mutex(State())

    /// Takes a piece.
    ///
    /// - Returns: whether a place is to be put in line for it.
    func add(id: String, _ text: String, buffer: String) -> Bool {
        state.withLock { state in
            if !state.isSealed, state.waiting.count >= Self.most || state.bytes >= Self.mostBytes,
                let last = state.waiting.indices.last,
                state.waiting[last].id.isExactly(id)
            {
                state.bytes += text.utf8.count + buffer.utf8.count - state.waiting[last].buffer.utf8.count
                state.waiting[last].text += text
                state.waiting[last].buffer = buffer
                return false
            }
            state.bytes += text.utf8.count + buffer.utf8.count
            state.waiting.append(Delta(id: id, text: text, buffer: buffer))
            state.isSealed = false
            return true
        }
    }

    /// Something else is put in line: what comes later may not go before it.
    func seal() { state.withLock { $0.isSealed = true } }

    /// What waits at the next place.
    func take() -> TurnProgress? {
        state.withLock { state in
            guard let delta = state.waiting.popFirst() else { return nil }
            state.bytes -= delta.text.utf8.count + delta.buffer.utf8.count
            return .delta(id: delta.id, delta.text, buffer: delta.buffer)
        }
    }
}
