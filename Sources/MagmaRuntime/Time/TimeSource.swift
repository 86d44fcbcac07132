internal import Foundation

/// Where the runtime takes the time from; tests use a clock that they advance themselves.
///
/// What is written down, and schedules, go by the wall clock, which may be set at any moment. How long something takes or may
/// take goes by the uptime.
package protocol TimeSource: Sendable {
    /// Wall-clock milliseconds since 1970.
    var now: Int64 { get }
    /// Milliseconds that only go forward, with fractions: for durations.
    var uptime: Double { get }
    /// Returns when the uptime is that, or is later already.
    ///
    /// - Throws: `CancellationError`.
    func sleep(until moment: Double) async throws
}

extension TimeSource {
    /// Returns after so much uptime.
    ///
    /// - Throws: `CancellationError`.
    package func sleep(milliseconds: Int64) async throws {
        try await sleep(until: uptime + Double(max(0, milliseconds)))
    }

    /// What the wall clock is ahead of the uptime; it changes when the clock is set.
    var wallOffset: Double {
        while true {
            let before = uptime
            let offset = Double(now) - before
            // A process that stood still between the two clocks would take that for a clock that was set.
            if uptime - before < 100 { return offset }
        }
    }
}

/// Clocks of which the wall clock goes by that of a store, so that several machines agree on what is due.
struct StoreTime: TimeSource {
    let machine: any TimeSource
    let store: any SessionStore

    var now: Int64 { machine.now + Int64(max(-1e14, min(store.clockOffset, 1e14))) }
    var uptime: Double { machine.uptime }

    func sleep(until moment: Double) async throws { try await machine.sleep(until: moment) }
}

/// The machine's clocks.
package struct SystemTime: TimeSource {
    package init() {}

    package var now: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }

    package var uptime: Double { Self.read - Self.start }

    /// Long waits are cut in pieces: there is no timer for every number.
    package func sleep(until moment: Double) async throws {
        while true {
            let left = (moment - uptime).rounded(.up)
            guard left > 0 else { return try Task.checkCancellation() }
            try await Task.sleep(for: .milliseconds(Int64(min(left, 60_000))), tolerance: .zero)
        }
    }

    #if os(Linux)
    private static let clock = CLOCK_BOOTTIME
    #else
    private static let clock = CLOCK_MONOTONIC
    #endif

    private static let start = read

    /// What `ContinuousClock` reads, in milliseconds, without the arithmetic of `Duration`, which takes longer than the rest.
    private static var read: Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
    }
}
