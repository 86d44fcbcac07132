internal import FoundationEssentials
internal import MagmaRuntime

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Keeps a second runtime away from a database, for as long as this one lives: `flock` on a file beside it.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``RuntimeError`` `store_locked`, `store_unopenable`.
    init(besides database: String) throws {
        let path = database + "-lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RuntimeError.store("unopenable", "'\(path)' cannot be opened: \(Self.reason)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw RuntimeError.store(
                "locked",
                "The store '\(database)' is in use by another runtime; stop that one, or name another file."
            )
        }
    }

    deinit { close(descriptor) }

    private static var reason: String { String(cString: strerror(errno)) }
}
