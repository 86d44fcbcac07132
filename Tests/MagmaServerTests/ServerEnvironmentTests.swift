import Foundation
import MagmaRuntime
import Testing

@testable import MagmaServer

@Suite("A server's environment", .timeLimit(.minutes(15)))
struct ServerEnvironmentTests {
    @Test("secrets come from the files that systemd hands over, unless they are set")
    func credentials() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (file, text) in [
            ("seismo_SEISMO_API_KEYS", "a,b\n"), ("OPENAI_API_KEY", "key"),
            ("seismo_SEISMO_ADMIN_TOKEN", "from the file"),
            ("seismo_PATH", "/nowhere"),
        ] {
            try Data(text.utf8).write(to: folder.appending(path: file))
        }
        let all = try ServerEnvironment.withCredentials([
            "CREDENTIALS_DIRECTORY": folder.path(percentEncoded: false), "SEISMO_ADMIN_TOKEN": "set", "PATH": "/bin",
        ])
        #expect(all["SEISMO_API_KEYS"] == "a,b")
        #expect(all["OPENAI_API_KEY"] == "key")
        #expect(all["SEISMO_ADMIN_TOKEN"] == "set")
        #expect(all["PATH"] == "/bin")
        #expect(try ServerEnvironment.withCredentials(["A": "b"]) == ["A": "b"])
        try Data([0xFF, 0xFE]).write(to: folder.appending(path: "ANTHROPIC_API_KEY"))
        let error = #expect(throws: RuntimeError.self) {
            try ServerEnvironment.withCredentials(["CREDENTIALS_DIRECTORY": folder.path(percentEncoded: false)])
        }
        #expect(error?.message.contains("ANTHROPIC_API_KEY") == true)
    }
}
