internal import Foundation

/// Where the runtime takes the time from; tests give it one they move by hand.
package protocol TimeSource: Sendable {
    /// Wall-clock milliseconds since 1970.
    var now: Int64 { get }
    /// Milliseconds that only go forward, with fractions: for durations.
    var uptime: Double { get }
    /// Returns at or after that wall-clock moment.
    ///
    /// - Throws: `CancellationError`.
    func sleep(until moment: Int64) async throws
}

extension TimeSource {
    package func sleep(milliseconds: Int64) async throws { try await sleep(until: now + milliseconds) }
}

/// The machine's clocks.
package struct SystemTime: TimeSource {
    package init() {}

    package var now: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }

    package var uptime: Double {
        let elapsed = ContinuousClock.now - Self.start
        return Double(elapsed.components.seconds) * 1000 + Double(elapsed.components.attoseconds) / 1e15
    }

    /// Long waits are cut in pieces, so that a clock that was set is noticed within a minute.
    package func sleep(until moment: Int64) async throws {
        while true {
            let left = moment - now
            guard left > 0 else { return }
            try await Task.sleep(for: .milliseconds(min(left, 60_000)), tolerance: .zero)
        }
    }

    private static let start = ContinuousClock.now
}
