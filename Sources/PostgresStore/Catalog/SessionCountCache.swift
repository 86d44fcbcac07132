internal import Synchronization

/// Counts of sessions. Counting a million rows takes a tenth of a second, and lists ask each time: a count of many is kept
/// for fifty times as long as it took, so that counting never takes more than a fiftieth of the server.
///
/// Counters in the database would be rows that each session's sleep and end waits for.
final class SessionCountCache: Sendable {
    struct Group: Hashable, Sendable {
        let agent: String
        let kind: String
        let status: String
    }

    private struct State {
        var counts: [Group: Int] = [:]
        var until = ContinuousClock.now
    }

    /// Sessions from which on a count is kept.
    private static let many = 20_000
    private static let share = 50

    private let state = Mutex(State())

    func counts(_ count: () async throws -> [Group: Int]) async throws -> [Group: Int] {
        let start = ContinuousClock.now
        if let known = state.withLock({ $0.until > start ? $0.counts : nil }) { return known }
        let counts = try await count()
        if counts.values.reduce(0, +) >= Self.many {
            let passed = start.duration(to: .now)
            state.withLock { state in
                state.counts = counts
                state.until = .now + passed * Self.share
            }
        }
        return counts
    }

    func forget() { state.withLock { $0.until = .now } }
}
