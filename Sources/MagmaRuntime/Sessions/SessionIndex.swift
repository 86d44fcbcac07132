package import Inspection
package import SessionModel
internal import Synchronization

/// What the list knows of a session.
package struct SessionEntry: Sendable {
    package var summary: Summary
    package var state: JSON
    package var pausedJobs: [String]
}

/// All sessions as rows: what lists, filters and counts are answered from, without asking any session.
package final class SessionIndex: Sendable {
    private struct State {
        var entries: [SessionKey: SessionEntry] = [:]
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var count = 0
        var version = 0
    }

    private let state = Mutex(State())

    func update(_ entry: SessionEntry) {
        state.withLock { state in
            state.entries[entry.summary.key] = entry
            state.version += 1
            state.watchers.values.forEach { $0.yield() }
        }
    }

    func remove(_ key: SessionKey) {
        state.withLock { state in
            guard state.entries.removeValue(forKey: key) != nil else { return }
            state.version += 1
            state.watchers.values.forEach { $0.yield() }
        }
    }

    package func entry(_ key: SessionKey) -> SessionEntry? { state.withLock { $0.entries[key] } }

    /// How many changes there have been.
    package var version: Int { state.withLock { $0.version } }

    /// Runs `body` with a stream that tells of changes; several that nobody has heard are one.
    package func withChanges<Value>(_ body: (AsyncStream<Void>) async throws -> Value) async rethrows -> Value {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.count += 1
            state.watchers[state.count] = continuation
            return state.count
        }
        defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
        return try await body(changes)
    }

    /// Counts all sessions by status and kind.
    package var counts: SessionCounts {
        state.withLock { state in
            state.entries.values.reduce(into: SessionCounts()) { counts, entry in counts.add(entry.summary) }
        }
    }

    /// The entries that `include` lets through, and the counts of all.
    func entries(where include: (SessionEntry) -> Bool) -> (entries: [SessionEntry], counts: SessionCounts) {
        let all = state.withLock { Array($0.entries.values) }
        var counts = SessionCounts()
        var included: [SessionEntry] = []
        for entry in all {
            counts.add(entry.summary)
            if include(entry) { included.append(entry) }
        }
        return (included, counts)
    }
}

extension SessionCounts {
    func adding(_ right: SessionCounts) -> SessionCounts {
        var sum = self
        sum.awake += right.awake
        sum.asleep += right.asleep
        sum.temporary += right.temporary
        sum.ended += right.ended
        return sum
    }

    mutating func add(_ summary: Summary) {
        switch (summary.status, summary.kind) {
        case (.ended, _): ended += 1
        case (_, .temporary): temporary += 1
        case (.awake, _): awake += 1
        case (.asleep, _): asleep += 1
        }
    }
}
