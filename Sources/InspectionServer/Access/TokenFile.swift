internal import Foundation
package import Logging
internal import MagmaRuntime
package import SessionModel
internal import Synchronization

/// Inspectors' tokens with names and roles, in a file that holds only their SHA-256: `{"tokens": [{name, role, sha256,
/// created}]}`, mode 0600. The runtime reads it again when it changes, so that a revoked token stops working.
package final class TokenFile: Sendable {
    /// A token without its secret.
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let role: Role
        /// Milliseconds since 1970.
        package let created: Int64
        fileprivate let sha256: String
    }

    /// What is wrong with the file or with what was asked for, in a sentence.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Known {
        var stamp: FileStamp?
        var entries: [Entry] = []
        /// The stamp of an unreadable version of the file, so that it is logged once.
        var broken: FileStamp?
    }

    private let path: String
    private let log: Logger?
    private let known = Mutex(Known())

    /// - Parameter log: told when a file that was good no longer is.
    package init(path: String, log: Logger? = nil) {
        self.path = path
        self.log = log
    }

    /// `$XDG_CONFIG_HOME/seismo/tokens.json`, where that is `~/.config` by default.
    package static var usualPath: String {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? NSHomeDirectory()
        let config = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
        return "\(config)/seismo/tokens.json"
    }

    /// All tokens; none when there is no file.
    ///
    /// - Throws: ``Problem`` when the file cannot be read as such.
    package func entries() throws(Problem) -> [Entry] {
        guard let stamp = FileStamp(path) else { return [] }
        let cached = known.withLock { $0.stamp == stamp ? $0.entries : nil }
        if let cached { return cached }
        let entries = try read()
        known.withLock { $0 = Known(stamp: stamp, entries: entries) }
        return entries
    }

    private func read() throws(Problem) -> [Entry] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Problem(description: "The tokens in \(path) could not be read.")
        }
        guard let items = (try? JSON(parsing: text))?["tokens"]?.array else {
            throw Problem(description: "\(path) is not a token file; create one with 'seismo token add'.")
        }
        var entries: [Entry] = []
        for item in items {
            guard let name = item["name"]?.string, let digest = item["sha256"]?.string, digest.count == 64,
                let role = item["role"]?.word.flatMap(Role.init(rawValue:))
            else {
                throw Problem(
                    description: "\(path) contains an invalid token after '\(entries.last?.name ?? "the beginning")'."
                )
            }
            entries.append(Entry(name: name, role: role, created: item.time("created") ?? 0, sha256: digest))
        }
        return entries
    }

    /// Makes a token, whose secret is nowhere but in what this returns.
    ///
    /// - Throws: ``Problem`` when there is one of that name, or the file cannot be written.
    package func add(_ name: String, _ role: Role, at now: Int64) throws(Problem) -> String {
        guard !name.isEmpty, name.count <= 64,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.@".contains($0)) })
        else {
            throw Problem(description: "'\(name)' cannot be a token's name; take letters, digits and -_.@, at most 64.")
        }
        let secret = "smo_" + InspectorToken.randomSecret()
        try change { (entries) throws(Problem) in
            guard !entries.contains(where: { $0.name == name }) else {
                throw Problem(description: "There is a token '\(name)'; revoke it first, or take another name.")
            }
            entries.append(Entry(name: name, role: role, created: now, sha256: SecretDigest(secret).text))
        }
        return secret
    }

    /// - Throws: ``Problem`` when there is none of that name, or the file cannot be written.
    package func revoke(_ name: String) throws(Problem) {
        try change { (entries) throws(Problem) in
            guard entries.contains(where: { $0.name == name }) else {
                throw Problem(description: "There is no token '\(name)'.")
            }
            entries.removeAll { $0.name == name }
        }
    }

    /// Changes the file under a lock, so that only one process changes it at a time. Reads the content first, and
    /// verifies the result.
    private func change(_ body: (inout [Entry]) throws(Problem) -> Void) throws(Problem) {
        makeFolder()
        let place = try realPlace
        let descriptor = open(place + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable }
        // Closing it gives the lock up.
        defer { close(descriptor) }
        giveAway(descriptor, as: place)
        while flock(descriptor, LOCK_EX) != 0 { guard errno == EINTR else { throw unwritable } }
        var entries = FileStamp(path) == nil ? [] : try read()
        try body(&entries)
        try write(entries, at: place)
        guard try read() == entries else { throw unwritable }
    }

    /// Who the file belongs to must be able to lock it as well, also where root came first. A link in a folder of that user's leads to
    /// no other file that is given away.
    private func giveAway(_ lock: CInt, as place: String) {
        var status = stat()
        guard let old = Self.status(of: place), fstat(lock, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_nlink == 1, status.st_size == 0, status.st_uid == geteuid()
        else { return }
        _ = fchown(lock, old.st_uid, old.st_gid)
    }

    /// Where the file itself is, behind symbolic links: it is replaced there, and all who change it lock the same one.
    private var realPlace: String {
        get throws(Problem) {
            var place = path
            for _ in 0..<40 {
                guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place) else {
                    guard let status = Self.status(of: place) else { return place }
                    guard status.st_mode & S_IFMT == S_IFREG else {
                        throw Problem(description: "\(path) is not a file; give --file another path.")
                    }
                    guard status.st_nlink < 2 else {
                        throw Problem(
                            description:
                                "\(path) has \(status.st_nlink) names (hard links), of which a change would reach only one; use a symbolic link."
                        )
                    }
                    return place
                }
                let folder = URL(filePath: place).deletingLastPathComponent()
                place = URL(filePath: target, relativeTo: folder).standardizedFileURL.path(percentEncoded: false)
            }
            throw Problem(description: "\(path) is a symbolic link that leads to itself.")
        }
    }

    private var unwritable: Problem { Problem(description: "The tokens could not be written to \(path).") }

    private func makeFolder() {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        try? FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    private static func status(of place: String) -> stat? {
        var status = stat()
        return stat(place, &status) == 0 ? status : nil
    }

    /// Writes a new file beside the old one, and then puts it in its place, with the same owner and mode: a runtime that reads it may
    /// be another user's.
    private func write(_ entries: [Entry], at place: String) throws(Problem) {
        let json: JSON = [
            "tokens": .array(
                entries.map {
                    [
                        "name": .string($0.name), "role": .string($0.role.rawValue), "sha256": .string($0.sha256),
                        "created": .int(Int($0.created)),
                    ]
                }
            )
        ]
        let new = "\(place).new"
        try? FileManager.default.removeItem(atPath: new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var isInPlace = false
        defer { if !isInPlace { unlink(new) } }
        if let old = Self.status(of: place) {
            guard fchown(descriptor, old.st_uid, old.st_gid) == 0, fchmod(descriptor, old.st_mode & 0o777) == 0 else {
                throw Problem(
                    description:
                        "\(path) belongs to another user, who could not read it any more; do this as that user or as root."
                )
            }
        }
        do {
            try file.write(contentsOf: Data((json.pretty + "\n").utf8))
            try file.synchronize()
        } catch { throw unwritable }
        guard rename(new, place) == 0 else { throw unwritable }
        isInPlace = true
        known.withLock { $0 = Known() }
    }

    /// The tokens in the file; while it cannot be read, those of its last readable version.
    private var current: [Entry] {
        do { return try entries() } catch {
            let stamp = FileStamp(path)
            return known.withLock { known in
                if known.broken != stamp {
                    known.broken = stamp
                    log?.error(
                        "The token file cannot be read; the previous tokens stay valid",
                        metadata: ["error": "\(error)"]
                    )
                }
                return known.entries
            }
        }
    }

    /// Whose token a secret is; every one is compared.
    func token(of secret: String) -> InspectorToken? {
        let entries = current
        var found: InspectorToken?
        for entry in entries where SecretDigest(sha256: entry.sha256)?.matches(secret) == true {
            found = InspectorToken(name: entry.name, role: entry.role, secret: secret)
        }
        return found
    }
}
