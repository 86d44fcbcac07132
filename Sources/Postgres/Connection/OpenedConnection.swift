internal import CPostgres
internal import Glibc

/// A connection that libpq has just opened.
struct OpenedConnection: @unchecked Sendable {  // A pointer of C, handed from the thread that opened it to one actor.
    let pointer: OpaquePointer
    /// A second descriptor of its socket; who watches it closes it. libpq closes its own as soon as the
    /// server is gone; another connection may then get the same number while dispatch still watches it, and would hear nothing.
    let socket: Int32

    /// Opens a connection, which takes a thread until it is done.
    ///
    /// - Throws: ``PostgresError`` with libpq's words, which never hold the password.
    init(_ address: PostgresAddress, _ pq: LibPQ) throws {
        // What stands before `dbname` is overruled by the address, what stands after it is not.
        let defaults: KeyValuePairs = [
            "application_name": address.client, "connect_timeout": "5", "tcp_user_timeout": "8000",
            "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3",
            "target_session_attrs": "read-write", "sslmode": address.encryption,
        ]
        let pairs =
            defaults.map { ($0, $1) } + [
                ("dbname", address.text), ("client_encoding", "UTF8"),
            ]
        let connection = Self.withCStrings(pairs.map(\.0)) { names in
            Self.withCStrings(pairs.map(\.1)) { values in pq.PQconnectdbParams(names, values, 1) }
        }
        guard let connection else { throw PostgresError(code: PostgresError.lost, message: "There is no memory left.") }
        do {
            guard pq.PQstatus(connection) == LIBPQ_CONNECTION_OK.rawValue, pq.PQsetnonblocking(connection, 1) == 0,
                pq.PQenterPipelineMode(connection) == 1
            else { throw PostgresError(code: PostgresError.lost, message: pq.problem(of: connection)) }
            // A service file may have named another host, or less encryption.
            try address.check(pq.values(pq.PQconninfo(connection)))
            socket = fcntl(pq.PQsocket(connection), F_DUPFD_CLOEXEC, 0)
            guard socket >= 0 else {
                throw PostgresError(code: PostgresError.lost, message: "There are no file descriptors left.")
            }
        } catch {
            pq.PQfinish(connection)
            throw error
        }
        pointer = connection
    }

    private static func withCStrings<Value>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for string in strings {
            starts.append(bytes.count)
            bytes += string.utf8CString
        }
        return bytes.withUnsafeBufferPointer { buffer in
            body(starts.map { start in buffer.baseAddress.map { $0 + start } } + [nil])
        }
    }
}
