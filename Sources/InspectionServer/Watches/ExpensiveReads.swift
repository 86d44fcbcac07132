internal import MagmaRuntime
internal import Synchronization

/// Runs one expensive read at a time across all inspectors, and pauses after each for the time that it took, at most a
/// second. So reads use about half a core, however many filters are watched. Requested reads go before refreshes of
/// watched data.
final class ExpensiveReads: Sendable {
    enum Urgency: Sendable { case asked, refresh }

    private struct State {
        var isBusy = false
        var asked: [Promise<Void, any Error>] = []
        var refreshes: [Promise<Void, any Error>] = []
    }

    /// No pause follows a read that takes at most this long, in milliseconds.
    private static let cheap = 5.0
    private static let longestRest = 1000.0

    private let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) { self.time = time }

    /// How many wait.
    var waiting: Int { state.withLock { $0.asked.count + $0.refreshes.count } }

    /// - Throws: `CancellationError` while it waits, or what `read` throws.
    func run<Value: Sendable>(_ urgency: Urgency, _ read: () async throws -> Value) async throws -> Value {
        try await enter(urgency)
        let begin = time.uptime
        defer { leave(after: time.uptime - begin) }
        return try await read()
    }

    private func enter(_ urgency: Urgency) async throws {
        guard let turn = joinLine(urgency) else { return }
        do { try await turn.valueUnlessCancelled } catch {
            state.withLock { state in
                state.asked.removeAll { $0 === turn }
                state.refreshes.removeAll { $0 === turn }
            }
            throw error
        }
    }

    /// - Returns: what to wait for; `nil` when nobody reads.
    private func joinLine(_ urgency: Urgency) -> Promise<Void, any Error>? {
        state.withLock { state in
            guard state.isBusy else {
                state.isBusy = true
                return nil
            }
            let turn = Promise<Void, any Error>()
            if urgency == .asked { state.asked.append(turn) } else { state.refreshes.append(turn) }
            return turn
        }
    }

    private func leave(after milliseconds: Double) {
        guard milliseconds > Self.cheap else { return next() }
        Task {
            try? await Task.sleep(for: .milliseconds(min(milliseconds, Self.longestRest)))
            next()
        }
    }

    /// Lets the next one in who still waits.
    private func next() {
        state.withLock { state in
            while !state.asked.isEmpty || !state.refreshes.isEmpty {
                let turn = state.asked.isEmpty ? state.refreshes.removeFirst() : state.asked.removeFirst()
                if turn.finish(.success(())) { return }
            }
            state.isBusy = false
        }
    }
}
