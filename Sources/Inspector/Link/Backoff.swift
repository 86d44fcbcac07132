/// How long to wait before the next try: a quarter of a second, doubling up to ten, each with jitter.
package struct Backoff: Sendable {
    package static let first = 250.0
    package static let longest = 10_000.0

    private var next = first

    package init() {}

    /// Milliseconds.
    ///
    /// - Parameter random: from 0 to 1; moves the wait by a fifth either way, so that many do not come at once.
    package mutating func wait(random: Double = .random(in: 0...1)) -> Double {
        defer { next = min(Self.longest, next * 2) }
        return min(Self.longest, next * (0.8 + 0.4 * random))
    }

    package mutating func reset() { next = Self.first }
}
