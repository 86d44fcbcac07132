/// How long things took, as Prometheus counts it.
package struct DurationHistogram: Sendable, Hashable {
    /// Upper bounds of the buckets, in seconds; the last bucket has none.
    package static let bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]

    /// How many fell into each bucket, not counting those below it.
    package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// Seconds in all.
    package private(set) var sum = 0.0

    package var count: Int { counts.reduce(0, +) }

    mutating func add(milliseconds: Double) {
        let seconds = milliseconds / 1000
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}

extension RuntimeMeter {
    /// What came to an end, how long it took, and how often it failed.
    package struct Work: Sendable, Hashable {
        package var durations = DurationHistogram()
        package var failures = 0
    }
}
