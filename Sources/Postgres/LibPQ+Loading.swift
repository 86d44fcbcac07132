internal import CPostgres

extension LibPQ {
    private static let loaded: Result<LibPQ, PostgresError> = {
        var library = LibPQ()
        guard let problem = libpq_load(&library) else { return .success(library) }
        return .failure(
            PostgresError(
                code: PostgresError.noLibrary,
                message: "PostgreSQL's client library cannot be loaded; install libpq5. \(String(cString: problem))"
            )
        )
    }()

    /// libpq, loaded by the first call.
    static func load() throws(PostgresError) -> LibPQ { try loaded.get() }

    /// What is wrong with a connection, in one line; passwords are not in it.
    func problem(of connection: OpaquePointer) -> String {
        (PQerrorMessage(connection).map { String(cString: $0) } ?? "").split(separator: "\n").joined(separator: " ")
    }

    /// Options of a connection by their keywords, freed here.
    func values(_ options: UnsafeMutablePointer<PQconninfoOption>?) -> [String: String] {
        guard let options else { return [:] }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}
