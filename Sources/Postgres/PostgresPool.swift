internal import Synchronization

/// Some connections, of which each command takes the least busy one.
package final class PostgresPool: Sendable {
    package let lines: [PostgresLine]
    private let busy: Mutex<[Int]>

    package init(_ lines: [PostgresLine]) {
        self.lines = lines
        busy = Mutex(lines.map { _ in 0 })
    }

    /// Runs commands as one transaction.
    ///
    /// - Throws: ``PostgresError``; of `lost` it is not known whether they were done.
    package func run(_ commands: [Command]) async throws -> [Rows] {
        let index = busy.withLock { busy in
            let index = busy.indices.min { busy[$0] < busy[$1] } ?? 0
            busy[index] += 1
            return index
        }
        defer { busy.withLock { $0[index] -= 1 } }
        return try await lines[index].run(commands)
    }

    package func close() async { for line in lines { await line.close() } }
}
