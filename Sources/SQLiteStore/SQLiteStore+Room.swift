internal import FoundationEssentials
internal import GRDB
internal import MagmaRuntime

/// Room on the disk. Moving the write-ahead log into the database takes as much room again in that file. When there is none,
/// deleting sessions frees nothing. So the log is moved while there is room.
extension SQLiteStore {
    /// With as many free bytes, nothing else is checked.
    private static let plenty = 128 << 20

    /// Checks that there is room, before something is added to the store.
    ///
    /// - Throws: ``RuntimeError`` `store_full`.
    func keepRoom() async throws {
        guard let room = reserve.room, room.free < Self.plenty else { return }
        if room.free < room.least + 2 * logSize { try? await moveLog() }
        if await isDiskFull { throw RuntimeError.full(path) }
    }

    /// Whether the disk has no room for more. Free pages of the database count as room, but each write goes to the log first.
    var isDiskFull: Bool {
        get async {
            guard let room = reserve.room, room.free < room.least else { return false }
            let spare = await spare
            return room.free < room.least / 4 || room.free + spare < room.least
        }
    }

    /// Bytes of the database's free pages.
    private var spare: Int {
        get async {
            let pages = try? await read { db in
                let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
                return free * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
            }
            return pages ?? 0
        }
    }

    /// Bytes of the write-ahead log.
    private var logSize: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        return attributes?[.size] as? Int ?? 0
    }

    /// Moves the log into the database and truncates it.
    func moveLog() async throws {
        try await writeOutsideTransactions { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }
}
