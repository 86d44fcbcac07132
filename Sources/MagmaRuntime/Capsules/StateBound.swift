internal import SessionModel

/// How large a state can be after changes, without looking at all of it each time.
struct StateBound: Sendable {
    /// Bytes that it has at most.
    private var size: Int

    init(of state: JSON = [:]) { size = state.size }

    /// Takes changes in; whether the state may be larger or deeper now than it may be, so that it must be looked at.
    mutating func mayExceed(_ events: [SessionEvent], limit: Int) -> Bool {
        var mayExceed = false
        for case .stateChanged(let patch) in events.lazy.map(\.body) {
            for step in patch.steps { mayExceed = take(step) || mayExceed }
        }
        return mayExceed || size > limit
    }

    private mutating func take(_ step: JSONPatch.Step) -> Bool {
        switch step {
        case .add(let path, let value), .replace(let path, let value):
            size = size.saturatingAdd(value.size + path.description.utf8.count + 4)
            // In the place of the whole there may be anything.
            return path.pieces.isEmpty || path.pieces.count + value.depth > JSON.maximumDepth
        case .remove(let path): return path.pieces.isEmpty
        case .move, .copy: return true
        case .test: return false
        }
    }
}
