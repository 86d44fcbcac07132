internal import FoundationEssentials
internal import GRDB
internal import MagmaRuntime

/// Room on the disk. What the write-ahead log holds takes as much room again when it is brought into the database; once there
/// is none for that, nothing that is deleted gives any back. So it is brought there while there is.
extension SQLiteStore {
    /// Free bytes from which on nothing has to be looked at.
    private static let plenty = 128 << 20

    /// Called before what grows is written.
    ///
    /// - Throws: ``RuntimeError`` `store_full`.
    func keepRoom() async throws {
        guard let room = reserve.room, room.free < Self.plenty else { return }
        if room.free < room.least + 2 * logSize { try? await bringLogHome() }
        if await isDiskFull { throw RuntimeError.full(path) }
    }

    /// Whether the disk has no room for more; pages of the database that are free count, but all that is written goes into the
    /// log first.
    var isDiskFull: Bool {
        get async {
            guard let room = reserve.room, room.free < room.least else { return false }
            let spare = await spare
            return room.free < room.least / 4 || room.free + spare < room.least
        }
    }

    /// Bytes of the database that nothing is in.
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

    /// Brings the log into the database, and empties it.
    func bringLogHome() async throws {
        try await writeOutsideTransactions { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }
}
