internal import GRDB
internal import MagmaRuntime

extension RuntimeError {
    static func full(_ path: String) -> RuntimeError {
        store("full", "The disk of the store '\(path)' is full; make room, then try again.")
    }

    /// What the database said, as a sentence with what to do.
    static func store(_ error: any Error, _ path: String) -> RuntimeError {
        if let error = error as? RuntimeError { return error }
        guard let error = error as? DatabaseError else {
            return store("failed", "The store '\(path)' does not answer: \(error)")
        }
        let detail = error.message ?? "no reason given"
        switch error.resultCode {
        case .SQLITE_FULL:
            return full(path)
        case .SQLITE_READONLY:
            return store("read_only", "The store '\(path)' is read-only (\(detail)); see to its permissions.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return store("locked", "The store '\(path)' is locked by another program; close that one.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return store(
                "corrupt",
                "The store '\(path)' is damaged or not a database (\(detail)); `seismo serve --check` tells what can be read."
            )
        case .SQLITE_CANTOPEN:
            return store("unopenable", "The store '\(path)' cannot be opened (\(detail)); see to its folder.")
        case .SQLITE_CONSTRAINT:
            return RuntimeError(
                .unavailable,
                "session_changed",
                "The session was deleted or recreated during the write; try again."
            )
        case .SQLITE_IOERR:
            return store("io", "The disk of the store '\(path)' does not answer (\(detail)).")
        default:
            return store("failed", "The store '\(path)' refused (\(error.resultCode.rawValue): \(detail)).")
        }
    }
}
