package import SessionModel
internal import Synchronization

/// Tells those who ask where sessions are: one question to the store for all of them, a few times a second.
package final class PlaceWatch: Sendable {
    private typealias Line = AsyncStream<StoredPlace?>.Continuation

    private struct Watcher: Sendable {
        let key: SessionKey
        let line: Line
        /// What it was told last; `nil` for nothing yet.
        var told: StoredPlace??
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var next = 0
        var isRunning = false
    }

    private static let pace: Int64 = 250

    private let store: any SessionStore
    private let time: any TimeSource
    private let state = Mutex(State())

    init(store: any SessionStore, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// Where a session is now, and each time that has changed; of several changes the newest. `nil` while there is none.
    package func places(of key: SessionKey) -> AsyncStream<StoredPlace?> {
        let (places, line) = AsyncStream.makeStream(of: StoredPlace?.self, bufferingPolicy: .bufferingNewest(1))
        let (id, mustRun) = state.withLock { state in
            state.next += 1
            state.watchers[state.next] = Watcher(key: key, line: line)
            defer { state.isRunning = true }
            return (state.next, !state.isRunning)
        }
        line.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
        if mustRun { Task { await run() } }
        return places
    }

    /// How many want to know.
    var count: Int { state.withLock(\.watchers.count) }

    private func run() async {
        while true {
            let keys = state.withLock { state in
                state.isRunning = !state.watchers.isEmpty
                return Set(state.watchers.values.map(\.key))
            }
            guard !keys.isEmpty else { return }
            // A store that does not answer is asked again.
            if let places = try? await store.places(of: keys.sorted()) { tell(places, of: keys) }
            try? await time.sleep(milliseconds: Self.pace)
        }
    }

    private func tell(_ places: [SessionKey: StoredPlace], of keys: Set<SessionKey>) {
        let news = state.withLock { state in
            var news: [(Line, StoredPlace?)] = []
            for (id, watcher) in state.watchers where keys.contains(watcher.key) {
                let place = places[watcher.key]
                guard watcher.told != .some(place) else { continue }
                state.watchers[id]?.told = .some(place)
                news.append((watcher.line, place))
            }
            return news
        }
        for (line, place) in news { line.yield(place) }
    }
}
