import Foundation
import HTTPTypes
import Inspection
import Logging
import SessionModel
import Synchronization
import Testing
import WebSocket

@testable import AgentAPI
@testable import InspectionServer
@testable import MagmaServer

@Suite("Tokens in a file", .timeLimit(.minutes(15)))
struct TokenFileTests {
    private func withRegister(_ body: (TokenFile, String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-tokens-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "tokens.json").path(percentEncoded: false)
        try body(TokenFile(path: path), path)
    }

    @Test("a token lets its owner in, with its name and role, until it is revoked")
    func addAndRevoke() throws {
        try withRegister { register, path in
            let none = try register.entries()
            #expect(none.isEmpty)
            let secret = try register.add("ann", .operator, at: 5)
            #expect(register.token(of: secret)?.name == "ann")
            #expect(register.token(of: secret)?.role == .operator)
            #expect(register.token(of: secret + "x") == nil)
            let other = TokenFile(path: path)
            _ = try other.add("bob", .viewer, at: 6)
            let names = try register.entries().map(\.name)
            #expect(names == ["ann", "bob"])
            try other.revoke("ann")
            #expect(register.token(of: secret) == nil)
        }
    }

    @Test("a change leaves the file its mode and its owner, who may be another user")
    func ownership() throws {
        try withRegister { register, path in
            _ = try register.add("ann", .viewer, at: 1)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            // Only root can give a file away.
            let owner: uid_t = geteuid() == 0 ? 65_534 : geteuid()
            #expect(chmod(path, 0o640) == 0 && chown(path, owner, getegid()) == 0)
            _ = try register.add("bob", .viewer, at: 1)
            try register.revoke("ann")
            for place in [path, path + ".lock"] {
                #expect(stat(place, &status) == 0 && status.st_uid == owner, "\(place)")
            }
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
        }
    }

    @Test("what a link leads to that is in the place of the lock is not given to the file's owner")
    func lockIsALink() throws {
        try withRegister { register, path in
            _ = try register.add("ann", .viewer, at: 1)
            let other = path + ".other"
            #expect(FileManager.default.createFile(atPath: other, contents: Data("mine".utf8)))
            try FileManager.default.removeItem(atPath: path + ".lock")
            try FileManager.default.linkItem(atPath: other, toPath: path + ".lock")
            if geteuid() == 0 { #expect(chown(path, 65_534, 65_534) == 0) }
            _ = try register.add("bob", .viewer, at: 1)
            var status = stat()
            #expect(stat(other, &status) == 0 && status.st_uid == geteuid())
            try FileManager.default.removeItem(atPath: path + ".lock")
            try FileManager.default.createSymbolicLink(atPath: path + ".lock", withDestinationPath: other)
            #expect(throws: TokenFile.Problem.self) { try register.add("eve", .viewer, at: 1) }
            #expect(stat(other, &status) == 0 && status.st_uid == geteuid())
        }
    }

    @Test("a folder in the file's place is refused, and nothing is left beside it")
    func folder() throws {
        try withRegister { register, path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let error = #expect(throws: TokenFile.Problem.self) { try register.add("ann", .viewer, at: 1) }
            #expect(error?.description.contains("is not a file") == true)
            #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        }
    }

    @Test("of many who change the file at the same time each one's change is in it")
    func together() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-tokens-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "tokens.json").path(percentEncoded: false)
        _ = try TokenFile(path: path).add("gone", .viewer, at: 1)
        let secrets: [String: String] = try await withThrowingTaskGroup(of: (String, String)?.self) { group in
            for number in 0..<16 {
                group.addTask { ("t\(number)", try TokenFile(path: path).add("t\(number)", .viewer, at: 1)) }
            }
            group.addTask {
                try TokenFile(path: path).revoke("gone")
                return nil
            }
            return try await group.reduce(into: [:]) { all, made in if let made { all[made.0] = made.1 } }
        }
        let register = TokenFile(path: path)
        #expect(try Set(register.entries().map(\.name)) == Set((0..<16).map { "t\($0)" }))
        for (name, secret) in secrets { #expect(register.token(of: secret)?.name == name) }
        let error = #expect(throws: TokenFile.Problem.self) { try register.add("t1", .viewer, at: 1) }
        #expect(error?.description.contains("revoke it first") == true)
    }

    @Test(
        "a file that is reached by a symbolic link is changed itself, and one of several names or a circle is refused"
    )
    func links() throws {
        try withRegister { _, path in
            let files = FileManager.default
            let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
            _ = try TokenFile(path: path).add("ann", .admin, at: 1)
            let link = folder + "/link.json"
            try files.createSymbolicLink(atPath: link, withDestinationPath: URL(filePath: path).lastPathComponent)
            _ = try TokenFile(path: link).add("bob", .viewer, at: 1)
            #expect(try TokenFile(path: path).entries().map(\.name) == ["ann", "bob"])
            try TokenFile(path: link).revoke("ann")
            #expect(try TokenFile(path: path).entries().map(\.name) == ["bob"])
            #expect(try files.destinationOfSymbolicLink(atPath: link) == URL(filePath: path).lastPathComponent)
            // The file that it leads to is made.
            try files.createSymbolicLink(atPath: folder + "/ahead.json", withDestinationPath: folder + "/new.json")
            _ = try TokenFile(path: folder + "/ahead.json").add("eve", .viewer, at: 1)
            #expect(try TokenFile(path: folder + "/new.json").entries().map(\.name) == ["eve"])
            try files.linkItem(atPath: path, toPath: folder + "/hard.json")
            #expect(throws: TokenFile.Problem.self) { try TokenFile(path: path).revoke("bob") }
            try files.createSymbolicLink(atPath: folder + "/circle.json", withDestinationPath: "circle.json")
            #expect(throws: TokenFile.Problem.self) {
                try TokenFile(path: folder + "/circle.json").add("x", .viewer, at: 1)
            }
        }
    }

    @Test("a time in the file that none can be is brought to one that can")
    func times() throws {
        try withRegister { register, path in
            _ = try register.add("ann", .viewer, at: 1)
            let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
                "\"created\": 1",
                with: "\"created\": 1e300"
            )
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect(try TokenFile(path: path).entries().first?.created == 253_402_300_799_999)
        }
    }

    @Test("the file holds no secret, and is its owner's alone")
    func secrecy() throws {
        try withRegister { register, path in
            let secret = try register.add("ann", .admin, at: 5)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(!text.contains(secret))
            let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(rights == 0o600)
        }
    }

    @Test("names that are taken or none, and revoking nobody, are refused", arguments: ["", "a b", "ann", "é"])
    func wrongNames(name: String) throws {
        try withRegister { register, _ in
            _ = try register.add("ann", .viewer, at: 1)
            #expect(throws: TokenFile.Problem.self) { try register.add(name, .viewer, at: 2) }
            #expect(throws: TokenFile.Problem.self) { try register.revoke("nobody") }
            let count = try register.entries().count
            #expect(count == 1)
        }
    }

    @Test("a file that is none lets nobody in, and says so", arguments: ["", "{}", "{\"tokens\":[{\"name\":\"x\"}]}"])
    func wrongFile(text: String) throws {
        try withRegister { register, path in
            _ = try register.add("ann", .viewer, at: 1)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: TokenFile.Problem.self) { try register.entries() }
            #expect(register.token(of: "anything") == nil)
        }
    }

    @Test("a file that is broken while it is in use leaves those in who were, and is told once")
    func brokenFile() throws {
        try withRegister { _, path in
            let lines = Mutex<[String]>([])
            let log = Logger(label: "test") { label in
                LineLogHandler(label: label, as: .json) { line in lines.withLock { $0.append(line) } }
            }
            let register = TokenFile(path: path, log: log)
            let secret = try register.add("ann", .viewer, at: 1)
            #expect(register.token(of: secret)?.name == "ann")
            try "garbage".write(toFile: path, atomically: true, encoding: .utf8)
            for _ in 0..<3 { #expect(register.token(of: secret)?.name == "ann") }
            #expect(register.token(of: "garbage") == nil)
            let told = lines.withLock { $0 }
            #expect(told.count == 1)
            #expect(
                told.first?.contains(path.replacing("/", with: "\\/")) == true || told.first?.contains(path) == true
            )
            #expect(told.first?.contains(secret) == false)
        }
    }

    @Test("wrong tries wait longer and longer, up to two seconds, and are forgotten after a minute")
    func wrongTries() {
        let tries = WrongTries()
        let start = ContinuousClock.now
        let waits = (0..<10).map { _ in tries.next(at: start) }
        #expect(waits.first == .milliseconds(25))
        #expect(waits == waits.sorted())
        #expect(waits.last == WrongTries.longest)
        #expect(tries.next(at: start + .seconds(61)) == .milliseconds(25))
    }

    @Test("who is connected with a token that is revoked is let go, and the others stay")
    func revokedWhileConnected() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tokens-\(UUID().uuidString).json")
            .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let register = TokenFile(path: path)
        let secrets = (ann: try register.add("ann", .viewer, at: 1), bob: try register.add("bob", .viewer, at: 1))
        try await ServerFixture.run(configure: {
            $0.inspection.tokenFile = TokenFile(path: path)
            $0.inspection.tokenCheckInterval = .milliseconds(20)
        }) { server in
            func connect(_ secret: String, _ body: (TestInspector) async throws -> Void) async throws -> Int {
                let connection = try await server.socket(
                    "/v1/inspect",
                    fields: [.authorization: "Bearer \(secret)"]
                )
                return try await connection.run { messages, writer in
                    try await body(TestInspector(messages: messages.makeAsyncIterator(), writer: writer))
                }
                .code
            }
            _ = try await connect(secrets.bob) { bob in
                let code = try await connect(secrets.ann) { ann in
                    _ = try await ann.call("runtime.stats")
                    try register.revoke("ann")
                    await #expect(throws: RPCError.self) { _ = try await ann.note("never") }
                }
                #expect(code == 1008)
                _ = try await bob.call("runtime.stats")
            }
        }
    }
}
