internal import CPostgres

extension Link {
    /// Has the server prepare a statement; whether that could be queued.
    func prepare(_ statement: Statement, as name: String) -> Bool {
        pq.PQsendPrepare(connection, name, statement.sql, 0, nil) == 1
    }

    /// Has the server run a statement that it was told to prepare; whether that could be queued.
    func send(_ command: Command, as name: String) -> Bool {
        var bytes: [UInt8] = []
        var places: [(start: Int, length: Int32)?] = []
        for argument in command.arguments {
            let start = bytes.count
            places.append(argument.write(to: &bytes) ? (start, Int32(clamping: bytes.count - start)) : nil)
        }
        // An empty text is not `NULL`: it needs an address.
        bytes.append(0)
        return bytes.withUnsafeBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            return pq.PQsendQueryPrepared(
                connection,
                name,
                Int32(clamping: places.count),
                places.map { place in place.flatMap { place in start.map { $0 + place.start } } },
                places.map { $0?.length ?? 0 },
                places.map { _ in 1 },
                0
            ) == 1
        }
    }

    /// Ends a transaction; whether that could be queued.
    func sync() -> Bool { pq.PQpipelineSync(connection) == 1 }

    /// Sends what is queued; while not all of it could be sent, `writable` is called.
    ///
    /// - Returns: whether the connection is still there.
    func flush() -> Bool {
        let left = pq.PQflush(connection)
        watchWrites(left == 1)
        return left >= 0 && !isBroken
    }
}
