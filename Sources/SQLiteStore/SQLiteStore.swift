internal import Dispatch
internal import FoundationEssentials
internal import GRDB
package import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// Keeps sessions in one SQLite database in WAL mode: one writer, and readers that never wait for it.
///
/// A commit survives the end of the process, however it ends; with SQLite's `synchronous` at `NORMAL` the last commits
/// before a power cut may be lost, whole, without damage to what is before them.
package final class SQLiteStore: SessionStore {
    package typealias Retention = StoreRetention

    package let path: String
    let retention: Retention
    private let pool: DatabasePool
    private let lock: StoreLock
    let reserve: DiskReserve
    /// Why the newest write failed, if it did for all of the store.
    private let writeFailure = Mutex<RuntimeError?>(nil)
    /// Whether anything was deleted whose words may still be in the indexes; also what an earlier process has deleted.
    let hasRemoved = Atomic(true)
    let words = PendingWords()
    let shown: ShownTexts

    /// Opens the database, makes it at first sight, and brings one of an older version up to date.
    ///
    /// - Parameters:
    ///   - shown: what can be found; where that has changed, everything is indexed again.
    ///   - willIndex: is called before that, for it takes some three seconds for 100,000 messages.
    /// - Throws: ``RuntimeError`` whose code begins with `store_`: it is locked, read-only, damaged, newer than this
    ///   program, or cannot be opened.
    package init(
        path named: String,
        retention: Retention = Retention(),
        shown: ShownTexts = .all,
        willIndex: () -> Void = {}
    ) throws {
        self.retention = retention
        self.shown = shown
        let folder = named.folder
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
            throw RuntimeError.store(
                "unopenable",
                "There is no folder '\(folder)' for the store '\(named)'; make it first."
            )
        }
        // Only the owner may read conversations; SQLite gives its other files the same permissions.
        // Follows a link, and never replaces a file that another runtime has just created.
        StoreLock.makeFile(named)
        try StoreLock.checkKind(of: named)
        // As SQLite names the files beside it.
        let path = StoreLock.realPath(of: named)
        self.path = path
        lock = try StoreLock(path)
        reserve = DiskReserve(path)
        _ = reserve.keep()
        do { pool = try Self.opened(path, shown, willIndex) } catch {
            let error = RuntimeError.store(error, path)
            guard error.code == "store_full" else { throw error }
            // Opening takes a little room as well.
            reserve.release()
            do { pool = try Self.opened(path, shown, willIndex) } catch { throw RuntimeError.store(error, path) }
        }
    }

    private static func opened(_ path: String, _ shown: ShownTexts, _ willIndex: () -> Void) throws -> DatabasePool {
        let pool = try DatabasePool(path: path, configuration: configuration)
        if try pool.read(Schema.migrator.hasBeenSuperseded) {
            throw RuntimeError.store(
                "newer",
                "The store '\(path)' was written by a newer version of this program; use that one, or another file."
            )
        }
        try Schema.migrator.migrate(pool)
        try pool.writeWithoutTransaction { try $0.mendIndexes() }
        try PendingWords.indexRest(pool, shown, willIndex)
        return pool
    }

    /// Pages of the write-ahead log after which it is brought into the database.
    static let logPages = 8192

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.qos = .userInitiated
        configuration.prepareDatabase { db in
            db.add(function: StoredSessionCondition.lowerFunction)
            // In KiB: what is written is written near what was written before; what is read is rarely read again.
            try db.execute(sql: "PRAGMA cache_size = \(db.configuration.readonly ? -2000 : -8000)")
            // Bringing the log into the database waits for the disk, and commits wait for that: at 32 MB of log it is
            // rare, and most pages have then changed many times.
            try db.emptyLog(afterPages: logPages)
            // Overwrites deleted data where that needs no extra write; `remove` always overwrites it.
            _ = try String.fetchOne(db, sql: "PRAGMA secure_delete = FAST")
        }
        return configuration
    }

    /// Moves the write-ahead log into the database and removes it, so that a copy of the file is complete.
    package func close() async {
        // Writes that callers did not wait for.
        try? await indexWords()
        // Readers first: a connection that cannot write, closed last, would leave the log where it is.
        pool.releaseMemory()
        try? pool.close()
        if reserve.logSize == 0 { reserve.shrink() }
    }

    var room: DiskRoom { DiskRoom(of: self) }

    package func trim(at now: Int64, answersBefore: Int64) async throws {
        try await StoreTrimming(of: self).run(at: now, answersBefore: answersBefore)
    }

    /// Reads beside the writer. A caller that is cancelled still gets its answer.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await answered { done in pool.asyncRead { db in done(Result { try body(db.get()) }) } }
    }

    /// Writes in a transaction: all of it or nothing.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await noting { try await answered { done in pool.asyncWrite(body) { _, result in done(result) } } }
    }

    /// Writes outside of transactions.
    func writeOutsideTransactions(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await noting {
            try await answered { done in
                pool.asyncWriteWithoutTransaction { db in done(Result { try body(db) }) }
            }
        }
    }

    /// Remembers whether writing works, for ``problem``.
    private func noting<Value: Sendable>(_ write: () async throws -> Value) async throws -> Value {
        do {
            let value = try await write()
            writeFailure.withLock { if $0 != nil { $0 = nil } }
            return value
        } catch let error as RuntimeError {
            if ["store_full", "store_io", "store_read_only"].contains(error.code) {
                writeFailure.withLock { $0 = error }
            }
            throw error
        }
    }

    /// Reports a file that was removed or replaced, and a full disk. After a failed write, tries another one.
    package var problem: RuntimeError? {
        get async {
            guard lock.isInPlace else {
                return .store(
                    "gone",
                    "The file of the store '\(path)' was removed or replaced while it was in use; stop the runtime, and put the file back."
                )
            }
            // A little may still fit into pages that are there.
            if await room.isFull { return .full(path) }
            guard writeFailure.withLock({ $0 }) != nil else { return nil }
            do {
                try await save(.null, as: "probe")
                return nil
            } catch { return error as? RuntimeError ?? .store(error, path) }
        }
    }

    private func answered<Value: Sendable>(
        _ start: (@escaping @Sendable (Result<Value, any Error>) -> Void) -> Void
    ) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                start { continuation.resume(with: $0) }
            }
        } catch { throw RuntimeError.store(error, path) }
    }
}

extension String {
    /// The part before the last `/`.
    fileprivate var folder: String {
        guard let slash = lastIndex(of: "/") else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
