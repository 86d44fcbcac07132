internal import DequeModule
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// Deltas of an answer that wait for a client. When the client reads slowly and many wait, new ones are merged into the
/// last one, so that none is lost and the queue stays short.
///
/// A placeholder stands for each in the queue; its reader takes what has been merged by then.
final class WaitingDeltas: Sendable {
    private struct Delta {
        let id: String
        var text: String
        var buffer: String
    }

    /// Maximum deltas that wait separately; a socket's queue holds more frames than that.
    static let most = 128
    /// Maximum bytes that wait before deltas are merged.
    static let mostBytes = 1 << 20

    private struct State {
        var waiting: Deque<Delta> = []
        var bytes = 0
        /// Whether another frame was queued after the last delta.
        var isSealed = false
    }

    private let state = Mutex(State())

    /// Adds a delta.
    ///
    /// - Parameter buffer: all of the text so far, where the client is to get it.
    /// - Returns: whether the caller must queue a placeholder for it.
    func add(id: String, _ text: String, buffer: String = "") -> Bool {
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

    /// Called when another frame is queued: later deltas must not be merged into those before it.
    func seal() { state.withLock { $0.isSealed = true } }

    /// The delta of the next placeholder.
    func take() -> TurnProgress? {
        state.withLock { state in
            guard let delta = state.waiting.popFirst() else { return nil }
            state.bytes -= delta.text.utf8.count + delta.buffer.utf8.count
            return .delta(id: delta.id, delta.text, buffer: delta.buffer)
        }
    }
}
