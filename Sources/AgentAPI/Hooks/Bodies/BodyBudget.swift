internal import SessionModel
internal import Synchronization

/// Bounds the memory that request bodies in flight take over all connections: the bytes as they were sent,
/// what they are decompressed to, and what they are parsed into.
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

/// One request's share of the budget, held until it is answered.
final class BodyShare: Sendable {
    /// Approximate memory of one JSON value.
    private static let bytesOfValue = 200

    private let budget: BodyBudget
    private let taken = Mutex(0)

    init(_ budget: BodyBudget) { self.budget = budget }

    /// Whether there was room for so many more.
    func take(_ bytes: Int) -> Bool {
        guard budget.take(bytes) else { return false }
        taken.withLock { $0 += bytes }
        return true
    }

    /// Whether there was room for the parsed body, estimated by its separators.
    func takeParsed(_ bytes: [UInt8]) -> Bool {
        let values = bytes.reduce(0) { count, byte in
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "&"): count + 1
            default: count
            }
        }
        // The parser refuses more values than that.
        return take(min(values, JSON.maximumValues) * Self.bytesOfValue)
    }

    func giveBack() {
        let bytes = taken.withLock { taken in
            defer { taken = 0 }
            return taken
        }
        budget.giveBack(bytes)
    }
}
