internal import MagmaRuntime
internal import Postgres

extension RuntimeError {
    /// What keeps a database from being opened: without a connection there is no code, only libpq's words.
    static func opening(_ error: any Error, _ name: String) -> RuntimeError {
        let known = store(error, name)
        guard let error = error as? PostgresError, error.code == PostgresError.lost, known.code == "store_io" else {
            return known
        }
        return store(
            "unopenable",
            "The database \(name) cannot be opened (\(error.message)); see to the server, and to the address's user, password and database."
        )
    }

    /// What the database said, as a sentence with what to do.
    ///
    /// - Parameter name: of the database, without its password.
    static func store(_ error: any Error, _ name: String) -> RuntimeError {
        if let error = error as? RuntimeError { return error }
        if error is CancellationError {
            return store("failed", "What was asked of the database \(name) was cancelled; ask again.")
        }
        guard let error = error as? PostgresError else {
            return store("failed", "The database \(name) does not answer: \(error)")
        }
        let detail = error.message
        switch error.code {
        case PostgresError.noLibrary, PostgresError.badAddress: return store("unopenable", detail)
        case PostgresError.lost where detail.contains("read-only"), "25006":
            return store(
                "read_only",
                "The database \(name) is read-only, such as a replica; use the address of the one that is written."
            )
        case PostgresError.lost, "57P01", "57P02", "57P03":
            return store(
                "io",
                "The database \(name) does not answer (\(detail)); see whether it runs and can be reached."
            )
        case "28000", "28P01", "3D000", "42501", "3F000":
            return store(
                "unopenable",
                "The database \(name) does not let this runtime in (\(detail)); see to the address's user, password and database, and to the user's rights."
            )
        // A statement that was prepared is not there, or one of its name is already.
        case "26000", "42P05": return pooled(name)
        case "53200":
            return store("io", "The database \(name) has no memory left for this (\(detail)).")
        case "53100": return store("full", "The disk of the database \(name) is full; make room, then try again.")
        case "53300":
            return store("io", "The database \(name) has no connection left (\(detail)); raise max_connections.")
        case "23505":
            return RuntimeError(
                .unavailable,
                "session_changed",
                "Something of the same name was stored at the same time; try again."
            )
        case SchemaError.nodeGone:
            return store(
                "lease_lost",
                "Other runtimes on the database \(name) have taken this one's sessions over, since it did not renew its lease in time; it joins them again in a moment."
            )
        case SchemaError.ownedElsewhere:
            return RuntimeError(
                .conflict,
                "session_moved",
                "Nothing was changed, for \(detail); try again."
            )
        case "22021":
            return RuntimeError(
                .malformed,
                "text_invalid",
                "A name in it holds U+0000, which PostgreSQL does not store; leave it out."
            )
        default: return store("failed", "The database \(name) refused (\(error.code): \(detail)).")
        }
    }
}

extension RuntimeError {
    static func pooled(_ name: String) -> RuntimeError {
        store(
            "unopenable",
            "The database \(name) is behind a pooler that lends a connection for each transaction; use one in session mode, or the server itself."
        )
    }
}

enum SchemaError {
    /// What `check_node` raises.
    static let nodeGone = "SE001"
    /// What `check_owners` raises.
    static let ownedElsewhere = "SE002"
}
