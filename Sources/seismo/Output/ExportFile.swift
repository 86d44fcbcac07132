internal import Foundation
internal import MagmaServer

/// What is exported: to stdout, or to a file that is there only when it is whole.
final class ExportFile {
    private let path: String?
    private let partial: String?
    private let descriptor: Int32

    /// - Parameter path: `nil` for stdout.
    /// - Throws: `CommandFailure` when the file exists and is not to be replaced, or cannot be written.
    init(_ named: String?, replaces: Bool) throws {
        // Where it is a link, what that leads to is written.
        let path = named.map { name in
            guard let real = realpath(name, nil) else { return name }
            defer { free(real) }
            return String(cString: real)
        }
        self.path = path
        guard let path else {
            partial = nil
            descriptor = STDOUT_FILENO
            return
        }
        if !replaces, access(path, F_OK) == 0 {
            throw CommandFailure(
                "'\(path)' exists; take another name, or --force to replace it.",
                ExitReason.conflict
            )
        }
        if replaces, Self.isSpecial(path) {
            partial = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure(path) }
            return
        }
        let partial = "\(path).\(getpid()).partial"
        self.partial = partial
        descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        Interruption.removing(partial)
    }

    /// Whether there is a pipe or a device, which is written into and not replaced.
    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("'\(path)' cannot be written: \(String(cString: strerror(errno))).")
    }

    func write(_ text: String) throws {
        guard let path else { return try Output.write(text) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Self.failure(path)
            }
        }
    }

    func finish() throws {
        guard let path, let partial else { return }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(partial, path) == 0 else {
            throw Self.failure(path)
        }
        Interruption.removing(nil)
    }

    /// Leaves nothing behind.
    func discard() {
        guard let partial else { return }
        close(descriptor)
        unlink(partial)
        Interruption.removing(nil)
    }
}
