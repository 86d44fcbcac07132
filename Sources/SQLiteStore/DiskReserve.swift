internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Room on a store's disk that is kept free by a file, so that sessions can still be deleted when the disk is full: what makes
/// room has to be written first.
struct DiskReserve: Sendable {
    /// Bytes of the file.
    private static let size = 2 << 20
    /// Bytes that must be free besides for it to be made.
    private static let least = 12 << 20
    private let path: String
    private let database: String

    init(_ database: String) {
        self.database = database
        path = database + "-reserve"
    }

    /// Makes the file, if there is none and there is room; whether it was made.
    func keep() -> Bool {
        guard !isKept, let room, room.free >= Self.least else { return false }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(Self.size)) == 0 else {
            unlink(path)
            return false
        }
        return true
    }

    /// Gives the room away.
    func release() { unlink(path) }

    private var isKept: Bool { access(path, F_OK) == 0 }

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
            given: isKept ? 0 : Self.size
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
