internal import Synchronization

/// Bounds what the parts of capsules that have not come whole take over all imports.
final class ImportBudget: Sendable {
    /// Bytes of all of them.
    static let most = 192 << 20

    private let taken = Mutex(0)

    /// Whether one import may hold so many bytes in place of as many as it had.
    func hold(_ bytes: Int, insteadOf before: Int) -> Bool {
        taken.withLock { taken in
            guard bytes <= before || taken - before + bytes <= Self.most else { return false }
            taken += bytes - before
            return true
        }
    }
}
