package import SessionModel
internal import Synchronization

/// Tells those who watch hooks of exchanges that are new or finished: each watcher has a bounded line of them, and
/// whoever falls behind loses the oldest, which `hooks.list` still has.
package final class ExchangeFeed: Sendable {
    private struct State {
        var lines: [Int: AsyncStream<Exchange>.Continuation] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    package func withExchanges<Value>(_ body: (AsyncStream<Exchange>) async throws -> Value) async rethrows -> Value {
        let (exchanges, line) = AsyncStream.makeStream(of: Exchange.self, bufferingPolicy: .bufferingNewest(256))
        let id = state.withLock { state in
            state.count += 1
            state.lines[state.count] = line
            return state.count
        }
        defer { state.withLock { _ = $0.lines.removeValue(forKey: id) } }
        return try await body(exchanges)
    }

    func publish(_ exchange: Exchange) {
        state.withLock { state in state.lines.values.forEach { $0.yield(exchange) } }
    }
}
