internal import CPostgres

/// What was sent up to a sync and is not answered yet. libpq gives a result and then nothing for each command, and the sync
/// at the end.
struct Flight {
    enum Purpose {
        /// The statements, in their order.
        case run([PreparedStatement], CheckedContinuation<[Rows], any Error>)
        /// With a sync of its own, so that nothing that fails beside it keeps the statement from being prepared.
        case prepare(Statement)
    }

    let purpose: Purpose
    let began: ContinuousClock.Instant
    private(set) var rows: [Rows] = []
    private(set) var failure: PostgresError?

    init(_ purpose: Purpose) {
        self.purpose = purpose
        began = .now
    }

    func uses(_ statement: Statement) -> Bool {
        if case .run(let statements, _) = purpose { statements.contains { $0.statement == statement } } else { false }
    }

    /// Takes an answer; whether it can be one of what was asked.
    mutating func take(_ result: Result<Rows, PostgresError>) -> Bool {
        switch result {
        case .success(let rows):
            if case .run(let statements, _) = purpose {
                guard self.rows.count < statements.count, statements[self.rows.count].fits(rows) else { return false }
            }
            self.rows.append(rows)
        case .failure(let error): failure = failure ?? error
        }
        return true
    }

    /// Whether everything is answered.
    var isComplete: Bool {
        if failure != nil { return true }
        return switch purpose {
        case .run(let statements, _): rows.count == statements.count
        case .prepare: rows.count == 1
        }
    }

    func finish() {
        guard case .run(_, let caller) = purpose else { return }
        caller.resume(with: failure.map { .failure($0) } ?? .success(rows))
    }
}

/// A statement that a connection has prepared.
final class PreparedStatement {
    let statement: Statement
    /// By which the server knows it.
    let name: String
    /// How many columns its answers have; `nil` before the first.
    private var columns: Int?

    init(_ statement: Statement, as name: String) {
        self.statement = statement
        self.name = name
    }

    /// Whether these can be its rows: answers of one statement have the same columns.
    func fits(_ rows: Rows) -> Bool {
        if columns == nil { columns = rows.columns }
        return rows.columns == columns
    }
}
