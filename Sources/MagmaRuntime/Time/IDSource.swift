internal import SessionModel
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Where ids come from; tests give one that counts.
package protocol IDSource: Sendable {
    /// A new ULID of that moment.
    func ulid(at time: Int64) -> String
}

/// ULIDs of the system's random bits.
package struct RandomIDs: IDSource {
    private static let bits = RandomBits()

    package init() {}

    package func ulid(at time: Int64) -> String {
        let (high, low) = Self.bits.next()
        return ULID(time: time, high: UInt16(truncatingIfNeeded: high), low: low).description
    }
}

/// The system's random bits, taken from it many at a time: asking it costs more than all else of an id.
private final class RandomBits: Sendable {
    private static let count = 128

    private let words = Mutex<[UInt64]>([])

    /// Two words that nobody else gets.
    func next() -> (UInt64, UInt64) {
        words.withLock { words in
            if words.count < 2 { words = Self.fresh() }
            return (words.removeLast(), words.removeLast())
        }
    }

    private static func fresh() -> [UInt64] {
        let words = [UInt64](unsafeUninitializedCapacity: Self.count) { buffer, count in
            let source = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
            defer { close(source) }
            count = max(0, read(source, buffer.baseAddress, Self.count * 8)) / 8
        }
        // Where that cannot be opened, they come one by one.
        return words.count >= 2 ? words : [.random(in: .min ... .max), .random(in: .min ... .max)]
    }
}
