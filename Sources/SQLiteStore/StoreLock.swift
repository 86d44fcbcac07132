internal import FoundationEssentials
internal import MagmaRuntime

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Keeps a second runtime away from a database while this one lives: `flock` on the database's own file, which is
/// the same file however it is reached (a symbolic link, a hard link), and on one beside it, which older versions lock.
final class StoreLock: Sendable {
    private let database: String
    private let descriptor: Int32
    private let beside: Int32

    /// - Parameter database: a file that exists. Its descriptor stays open until the lock is let go, which must be after the
    ///   database was closed: closing any descriptor of a file gives up the locks that SQLite has on it.
    /// - Throws: ``RuntimeError`` `store_locked`, `store_unopenable`.
    init(_ database: String) throws {
        self.database = database
        descriptor = try Self.lock(database, O_RDWR, of: database)
        do { beside = try Self.lock(database + "-lock", O_RDWR | O_CREAT, of: database) } catch {
            close(descriptor)
            throw error
        }
    }

    /// Makes an empty file where there is none; what goes wrong is told when it is locked.
    static func makeFile(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        }
        // A link to a missing file counts as existing for `O_EXCL`, so the file is created through the link.
        else if errno == EEXIST, access(path, F_OK) != 0 {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            if descriptor >= 0 { close(descriptor) }
        }
    }

    /// The path of a file without links.
    static func realPath(of path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Refuses what is not a regular file: opening a pipe would wait for its writer.
    ///
    /// - Throws: ``RuntimeError`` `store_unopenable`.
    static func checkKind(of path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
        throw RuntimeError.store("unopenable", "'\(path)' cannot be opened: it is not a regular file.")
    }

    private static func lock(_ path: String, _ flags: Int32, of database: String) throws -> Int32 {
        var descriptor = open(path, flags | O_CLOEXEC, 0o600)
        // A store that may only be read says so when it is opened.
        if descriptor < 0, errno == EACCES || errno == EROFS { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw RuntimeError.store("unopenable", "'\(path)' cannot be opened: \(reason)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw RuntimeError.store(
                "locked",
                "The store '\(database)' is in use by another runtime; stop that one, or name another file."
            )
        }
        return descriptor
    }

    /// Whether the file that is locked is still the one of that name, and its log is there: not when one was removed or
    /// replaced.
    var isInPlace: Bool {
        var (own, named) = (stat(), stat())
        guard fstat(descriptor, &own) == 0, stat(database, &named) == 0 else { return false }
        return own.st_ino == named.st_ino && own.st_dev == named.st_dev && access(database + "-wal", F_OK) == 0
    }

    deinit {
        close(beside)
        close(descriptor)
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
