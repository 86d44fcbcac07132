internal import CPostgres

extension Link {
    /// What the server says of the first flight.
    enum Outcome {
        case result(Result<Rows, PostgresError>)
        /// Not run, since a command before it failed.
        case aborted
        case endOfCommand
        case sync
    }

    /// Reads what has come; whether the connection is still there.
    func read() -> Bool { pq.PQconsumeInput(connection) == 1 && !isBroken }

    /// `nil` when there is no more for now. To be called only while something is not answered.
    func nextOutcome() -> Outcome? {
        guard !isBroken, pq.PQisBusy(connection) == 0 else { return nil }
        guard let result = pq.PQgetResult(connection) else { return .endOfCommand }
        defer { pq.PQclear(result) }
        return switch pq.PQresultStatus(result) {
        case LIBPQ_PIPELINE_SYNC.rawValue: .sync
        case LIBPQ_PIPELINE_ABORTED.rawValue: .aborted
        case LIBPQ_COMMAND_OK.rawValue, LIBPQ_TUPLES_OK.rawValue: .result(.success(Rows(result, pq)))
        default: .result(.failure(PostgresError(result, pq)))
        }
    }
}

extension PostgresError {
    fileprivate init(_ result: OpaquePointer, _ pq: LibPQ) {
        func field(_ name: Unicode.Scalar) -> String? {
            pq.PQresultErrorField(result, Int32(name.value)).map { String(cString: $0) }
        }
        let words = field("M") ?? "The server refused without a reason."
        // Where the server lacks something, it says which of its settings that is.
        let hint = field("C")?.hasPrefix("53") == true ? field("H").map { "; \($0)" } ?? "" : ""
        self.init(code: field("C") ?? Self.lost, message: words + hint)
    }
}
