internal import Foundation
internal import InspectionServer
internal import Synchronization

/// The token that a runtime on loopback leaves for inspectors of the same user, by its port.
package struct LocalToken: Sendable {
    package let secret: String

    /// 256 random bits.
    package static func make() -> LocalToken { LocalToken(secret: InspectorToken.randomSecret()) }

    package static func read(port: Int) -> LocalToken? {
        for folder in folders {
            let path = folder.appending(path: "\(port).token")
            guard let text = try? String(contentsOf: path, encoding: .utf8) else { continue }
            return LocalToken(secret: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return nil
    }

    /// The ports of runtimes on this machine that have left a token for this user, and take connections.
    package static var runningPorts: [Int] {
        let names = folders.flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: $0.path(percentEncoded: false))) ?? []
        }
        let ports = names.filter { $0.hasSuffix(".token") }.compactMap { UInt16($0.dropLast(6)) }
        return Set(ports).filter(takesConnections).map(Int.init).sorted()
    }

    private static func takesConnections(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // On loopback it is taken or refused at once.
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// `$XDG_RUNTIME_DIR/seismo`, else the state folder.
    static var folders: [URL] {
        let environment = ProcessInfo.processInfo.environment
        var folders: [URL] = []
        if let runtime = environment["XDG_RUNTIME_DIR"], !runtime.isEmpty {
            folders.append(URL(filePath: runtime).appending(path: "seismo"))
        }
        folders.append(stateFolder)
        return folders
    }

    /// `$XDG_STATE_HOME/seismo`, where that is `~/.local/state` by default.
    static var stateFolder: URL {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? NSHomeDirectory()
        let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.local/state"
        return URL(filePath: state).appending(path: "seismo")
    }
}

/// The file of a ``LocalToken``, mode 0600, gone when the runtime is.
final class LocalTokenFile: Sendable {
    /// There is nowhere to leave the token.
    struct Unwritable: Error, CustomStringConvertible {
        let folder: String
        var description: String {
            "The token for local inspectors cannot be left in \(folder); make it writable, or set XDG_RUNTIME_DIR or SEISMO_ADMIN_TOKEN."
        }
    }

    private let folder: URL
    private let path = Mutex<URL?>(nil)

    /// Finds the first folder that can be written.
    ///
    /// - Throws: ``Unwritable``.
    init() throws {
        guard let folder = LocalToken.folders.first(where: Self.isWritable) else {
            throw Unwritable(folder: LocalToken.folders.last?.path(percentEncoded: false) ?? "")
        }
        self.folder = folder
    }

    private static func isWritable(_ folder: URL) -> Bool {
        let path = folder.path(percentEncoded: false)
        let rights: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: rights)
        return access(path, W_OK | X_OK) == 0
    }

    /// The file never exists with wider rights than its owner's.
    func write(_ token: LocalToken, port: Int) throws {
        let url = folder.appending(path: "\(port).token")
        try? FileManager.default.removeItem(at: url)
        let descriptor = open(url.path(percentEncoded: false), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Unwritable(folder: folder.path(percentEncoded: false)) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(token.secret.utf8))
        path.withLock { $0 = url }
    }

    func remove() {
        path.withLock { path in
            if let url = path { try? FileManager.default.removeItem(at: url) }
            path = nil
        }
    }
}
