import Foundation
import HTTPTypes
import Inspection
import Logging
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import MagmaServer

@Suite("TLS", .timeLimit(.minutes(15)))
struct TLSTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A folder with certificates, for as long as `body` runs.
    private static func files(_ body: (Files) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = Files(folder: folder)
        try files.put(.one)
        try await body(files)
    }

    private struct Files {
        let folder: URL
        var certificate: String { folder.appending(path: "cert.pem").path }
        var key: String { folder.appending(path: "key.pem").path }

        func put(_ pair: TestCertificate) throws {
            try pair.certificate.write(toFile: certificate, atomically: true, encoding: .utf8)
            try pair.key.write(toFile: key, atomically: true, encoding: .utf8)
        }

        func trust(_ pair: TestCertificate) throws -> TLSTrust {
            let path = folder.appending(path: "ca.pem").path
            try pair.authority.write(toFile: path, atomically: true, encoding: .utf8)
            return try TLSTrust(authority: path)
        }

        func read() throws -> ServerCertificate {
            try ServerCertificate(certificate: certificate, key: key, log: TLSTests.quiet)
        }
    }

    private static func connect(_ port: Int, _ trust: TLSTrust?, host: String = "127.0.0.1") async throws {
        var target = WebSocketClient.Target(host: host, port: port, path: Inspection.path)
        target.fields[.authorization] = "Bearer viewer-secret"
        try await WebSocketClient.connect(to: target, trust: trust, timeout: .seconds(300)).run { _, _ in }
    }

    @Test("inspectors come in by name and by address, and only when they trust the certificate's authority")
    func trusted() async throws {
        try await Self.files { files in
            let certificate = try files.read()
            try await ServerFixture.run(configure: { $0.certificate = certificate }) { server in
                try await Self.connect(server.port, try files.trust(.one))
                try await Self.connect(server.port, try files.trust(.one), host: "localhost")
                for trust in [try files.trust(.other), try TLSTrust()] {
                    let error = await #expect(throws: (any Error).self) { try await Self.connect(server.port, trust) }
                    #expect(error.flatMap { TLSTrust.words($0) }?.contains("authority") == true)
                }
                await #expect(throws: (any Error).self) { try await Self.connect(server.port, nil) }
            }
        }
    }

    @Test("a certificate that is replaced is used by the next connection, and one that cannot be used is not")
    func replaced() async throws {
        try await Self.files { files in
            let certificate = try files.read()
            try await ServerFixture.run(configure: { $0.certificate = certificate }) { server in
                try await Self.connect(server.port, try files.trust(.one))
                try files.put(.other)
                try await Self.connect(server.port, try files.trust(.other))
                try "not a certificate".write(toFile: files.certificate, atomically: true, encoding: .utf8)
                try await Self.connect(server.port, try files.trust(.other))
                // A pair whose halves come one after the other.
                try TestCertificate.one.certificate.write(toFile: files.certificate, atomically: true, encoding: .utf8)
                for _ in 0..<2 { try await Self.connect(server.port, try files.trust(.other)) }
                try files.put(.one)
                try await Self.connect(server.port, try files.trust(.one))
            }
        }
    }

    @Test("a server that does not speak TLS is said to be one")
    func plain() async throws {
        try await ServerFixture.run { server in
            let error = await #expect(throws: (any Error).self) { try await Self.connect(server.port, try TLSTrust()) }
            #expect(error.flatMap { TLSTrust.words($0) } == "it does not speak TLS")
        }
    }

    @Test("files that cannot be used are named at the start")
    func refused() async throws {
        try await Self.files { files in
            try TestCertificate.other.key.write(toFile: files.key, atomically: true, encoding: .utf8)
            let mixed = #expect(throws: (any Error).self) { try files.read() }
            #expect("\(mixed.map { "\($0)" } ?? "")".contains("key.pem"))
            try FileManager.default.removeItem(atPath: files.certificate)
            let missing = #expect(throws: (any Error).self) { try files.read() }
            #expect("\(missing.map { "\($0)" } ?? "")".contains("cert.pem"))
            #expect(throws: TLSTrust.Invalid.self) { try TLSTrust(authority: files.certificate) }
        }
    }
}
