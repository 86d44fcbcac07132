internal import Synchronization

/// How many bytes of bodies may be on their way at the same time, over all connections: whoever sends the half of many large
/// ones takes no more than that of the memory.
final class BodyBudget: Sendable {
    private let left: Mutex<Int>

    init(_ bytes: Int) { left = Mutex(bytes) }

    /// Whether there was room for so many more.
    func take(_ bytes: Int) -> Bool {
        left.withLock { left in
            guard bytes <= left else { return false }
            left -= bytes
            return true
        }
    }

    func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}
