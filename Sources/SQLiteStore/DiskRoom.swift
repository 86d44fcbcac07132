internal import GRDB
internal import MagmaRuntime

/// Room on the disk. Moving the write-ahead log into the database takes as much room again in that file. When there is none,
/// deleting sessions frees nothing. So the log is moved while there is room.
struct DiskRoom: Sendable {
    private let store: SQLiteStore

    init(of store: SQLiteStore) { self.store = store }

    /// With as many free bytes, nothing else is checked.
    private static let plenty = 128 << 20

    /// Checks that there is room, before something is added to the store.
    ///
    /// - Throws: ``RuntimeError`` `store_full`.
    func keep() async throws {
        let log = store.reserve.logSize
        // Others may fill the disk at any time; a log that could not be moved then would keep sessions from being deleted.
        let isCovered = store.reserve.grow(forLog: log)
        guard let room = store.reserve.room, room.free < Self.plenty else { return }
        if !isCovered || room.free < room.least + 2 * log {
            try? await moveLog()
            if store.reserve.logSize == 0 { store.reserve.shrink() }
        }
        if await isFull { throw RuntimeError.full(store.path) }
    }

    /// Whether the disk has no room for more. Free pages of the database count as room, but each write goes to the log first.
    var isFull: Bool {
        get async {
            guard let room = store.reserve.room, room.free < room.least else { return false }
            let spare = await spare
            return room.free < room.least / 4 || room.free + spare < room.least
        }
    }

    /// Bytes of the database's free pages.
    private var spare: Int {
        get async {
            let pages = try? await store.read { db in
                let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
                return free * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
            }
            return pages ?? 0
        }
    }

    /// Moves the log into the database and truncates it.
    func moveLog() async throws {
        try await store.writeOutsideTransactions { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }
}
