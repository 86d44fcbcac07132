internal import CPostgres

/// What was sent up to a sync and is not answered yet. libpq gives a result and then nothing for each command, and the sync
/// at the end. A pure value.
struct Flight {
    enum Purpose {
        case run(Set<Statement>, CheckedContinuation<[Rows], any Error>)
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
        if case .run(let statements, _) = purpose { statements.contains(statement) } else { false }
    }

    mutating func take(_ result: Result<Rows, PostgresError>) {
        switch result {
        case .success(let rows): self.rows.append(rows)
        case .failure(let error): failure = failure ?? error
        }
    }

    func finish() {
        guard case .run(_, let caller) = purpose else { return }
        caller.resume(with: failure.map { .failure($0) } ?? .success(rows))
    }
}
