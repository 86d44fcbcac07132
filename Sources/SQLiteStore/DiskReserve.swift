internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Room on a store's disk that is kept free by a file, so that sessions can still be deleted when the disk is full: what makes
/// room has to be written first, and the write-ahead log before it has to be moved into the database, which may grow by as much.
struct DiskReserve: Sendable {
    /// Bytes of the file without those for the log.
    private static let size = 2 << 20
    /// Bytes of a log for which that is enough.
    private static let smallLog = 1 << 20
    /// Bytes of the longest log that room is kept for.
    private static let longestLog = 64 << 20
    /// By how much more than it has to the file grows, so that it rarely does.
    private static let step = 4 << 20
    /// Bytes that must be free besides for it to be made or to grow.
    private static let least = 12 << 20
    private let path: String
    private let database: String

    init(_ database: String) {
        self.database = database
        path = database + "-reserve"
    }

    /// Makes the file, if there is none and there is room; whether it was made.
    func keep() -> Bool { kept == nil && allocate(Self.size) }

    /// Keeps as much room as it takes to move a log of that size, once the file is there; whether that is kept.
    func grow(forLog size: Int) -> Bool {
        if size <= Self.smallLog { return true }
        guard let kept else { return false }
        let needed = Self.size + min(size, Self.longestLog)
        return kept >= needed || allocate(needed + Self.step)
    }

    private func allocate(_ size: Int) -> Bool {
        let before = kept
        guard let room, room.free >= Self.least + size - (before ?? 0) else { return false }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(size)) == 0 else {
            if before == nil { unlink(path) }
            return false
        }
        return true
    }

    /// Gives the room for a log back.
    func shrink() { if let kept, kept > Self.size { truncate(path, off_t(Self.size)) } }

    /// Gives the room away.
    func release() { unlink(path) }

    /// Bytes of the file; `nil` when there is none.
    private var kept: Int? { Self.size(of: path) }

    /// Bytes of the write-ahead log.
    var logSize: Int { Self.size(of: database + "-wal") ?? 0 }

    private static func size(of path: String) -> Int? {
        var status = stat()
        return lstat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// What is left of the disk; `nil` where that cannot be told.
    var room: Room? {
        var status = statvfs()
        guard statvfs(database, &status) == 0 else { return nil }
        func bytes(_ blocks: some BinaryInteger) -> Int {
            let (product, overflows) = Int(clamping: blocks)
                .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
            return overflows ? .max : product
        }
        return Room(
            free: bytes(status.f_bavail),
            size: bytes(status.f_blocks),
            // While the reserve is released, its space does not count as free.
            given: kept == nil ? Self.size : 0
        )
    }

    /// How much of a disk is free for this process.
    struct Room: Sendable, Hashable {
        /// Bytes below which a disk counts as full; of a small one an eighth.
        private static let full = 4 << 20

        let free: Int
        let size: Int
        /// Bytes of it that were kept free before.
        let given: Int

        /// Bytes below which the disk counts as full.
        var least: Int { min(Self.full + given, size / 8) }
    }
}
