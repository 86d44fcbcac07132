internal import Foundation
internal import Synchronization

/// The token that a runtime on loopback leaves for inspectors of the same user, by its port.
struct LocalToken: Sendable {
    let secret: String

    /// 256 random bits.
    static func make() throws -> LocalToken {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in generator.next() }
        return LocalToken(secret: words.map { String($0, radix: 36) }.joined())
    }

    static func read(port: Int) -> LocalToken? {
        for folder in folders {
            let path = folder.appending(path: "\(port).token")
            guard let text = try? String(contentsOf: path, encoding: .utf8) else { continue }
            return LocalToken(secret: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return nil
    }

    /// `$XDG_RUNTIME_DIR/seismo`, else the state folder.
    static var folders: [URL] {
        let environment = ProcessInfo.processInfo.environment
        var folders: [URL] = []
        if let runtime = environment["XDG_RUNTIME_DIR"], !runtime.isEmpty {
            folders.append(URL(filePath: runtime).appending(path: "seismo"))
        }
        let home = environment["HOME"] ?? NSHomeDirectory()
        let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.local/state"
        folders.append(URL(filePath: state).appending(path: "seismo"))
        return folders
    }
}

/// The file of a ``LocalToken``, mode 0600, gone when the runtime is.
final class TokenFile: Sendable {
    private let path = Mutex<URL?>(nil)

    func write(_ token: LocalToken, port: Int) throws {
        var failure: (any Error)?
        for folder in LocalToken.folders {
            do {
                try FileManager.default.createDirectory(
                    at: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
                try write(token.secret, to: folder.appending(path: "\(port).token"))
                return
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// The file never exists with wider rights than its owner's.
    private func write(_ secret: String, to url: URL) throws {
        try? FileManager.default.removeItem(at: url)
        let descriptor = open(url.path(percentEncoded: false), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: url.path])
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(secret.utf8))
        path.withLock { $0 = url }
    }

    func remove() {
        path.withLock { path in
            if let url = path { try? FileManager.default.removeItem(at: url) }
            path = nil
        }
    }
}
