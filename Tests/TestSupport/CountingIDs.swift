internal import MagmaRuntime
internal import Synchronization

/// Ids that count, in the length of ULIDs.
package final class CountingIDs: IDSource {
    private let count = Mutex(0)

    package init() {}

    package func ulid(at time: Int64) -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let digits = String(number)
        return String(repeating: "0", count: 26 - digits.count) + digits
    }
}
