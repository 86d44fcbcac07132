import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import WebSocket

@Suite("HTTP requests on one connection", .timeLimit(.minutes(10)))
struct RequestHandlerTests {
    /// Answers each request with its path and its body, or fails to take the body where the path says so.
    private static func respond(_ request: ServerRequest) async -> ServerResponse {
        if request.path == "/nothing" {
            let headers: HTTPHeaders = ["date": "yesterday", "Connection": "keep-alive"]
            return ServerResponse(status: .noContent, headers: headers, body: .whole(ByteBuffer(string: "not sent")))
        }
        if request.path == "/dated" {
            let headers: HTTPHeaders = ["Date": "yesterday", "Server": "mine", "X-One": "1"]
            return ServerResponse(
                status: .init(statusCode: 299),
                headers: headers,
                body: .whole(ByteBuffer(string: "d"))
            )
        }
        if request.path == "/refused" { return ServerResponse(status: .notFound) }
        if request.path == "/large" {
            return ServerResponse(status: .ok, body: .whole(ByteBuffer(repeating: 0x78, count: 100_000)))
        }
        var body = ByteBuffer(string: request.path)
        switch request.body {
        case .whole(var whole): body.writeBuffer(&whole)
        case .arriving(let pieces):
            do { for try await var piece in pieces { body.writeBuffer(&piece) } } catch {
                return ServerResponse(status: .badRequest, headers: ["connection": "close"])
            }
        }
        return ServerResponse(status: .ok, body: .whole(body))
    }

    private func withServer(
        _ respond: @escaping @Sendable (ServerRequest) async -> ServerResponse = Self.respond,
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let channel = WebSocketUpgradeChannel(
            decide: { _ in .refuse(ServerResponse(status: .notFound)) },
            respond: respond
        )
        let server = channel.server(
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in listening.yield(channel.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        )
        let group = ServiceGroup(configuration: .init(services: [server], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            try await body(await iterator.next() ?? 0)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("are answered whole or part by part as the answer needs it, each with its own head and length")
    func wholeAnswers() async throws {
        let requests = [
            "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD /bc HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /dated HTTP/1.1\r\nHost: x\r\n\r\n", "GET /old HTTP/1.0\r\n\r\n",
        ]
        try await withServer { port in
            var rest = try await exchange(requests.joined(), port: port)[...]
            var answers: [(fields: [String], body: Substring)] = []
            for isHead in requests.map({ $0.hasPrefix("HEAD") }) {
                let end = try #require(rest.range(of: "\r\n\r\n"))
                let fields = rest[..<end.lowerBound].components(separatedBy: "\r\n")
                let length = fields.first { $0.lowercased().hasPrefix("content-length: ") }.flatMap {
                    Int($0.dropFirst(16))
                }
                let body = rest[end.upperBound...].prefix(isHead ? 0 : length ?? 0)
                answers.append((fields, body))
                rest = rest[body.endIndex...]
            }
            #expect(rest.isEmpty)
            let statuses = ["200 OK", "200 OK", "200 OK", "204 No Content", "299 "].map { "HTTP/1.1 \($0)" }
            #expect(answers.map(\.fields[0]) == statuses + ["HTTP/1.0 200 OK"])
            #expect(answers.map(\.body.count) == [2, 0, 100_000, 0, 1, 4])
            #expect(answers[1].fields.contains("content-length: 3"))
            for answer in answers { #expect(answer.fields.filter { $0.lowercased().hasPrefix("date: ") }.count == 1) }
            #expect(!answers[4].fields.contains { $0.contains("yesterday") })
            #expect(answers[4].fields.contains("Server: mine") && answers[4].fields.contains("X-One: 1"))
        }
    }

    @Test("end with an error when more comes than can belong to them", arguments: ["2;", "2", "\r\n"])
    func framing(filler: String) async throws {
        let head = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let waste: String
        switch filler {
        case "2;": waste = head + "2;" + String(repeating: "a", count: 3 << 20) + "\r\n12\r\n0\r\n\r\n"
        case "2": waste = head + String(repeating: "0", count: 3 << 20) + "2\r\n12\r\n0\r\n\r\n"
        default: waste = String(repeating: filler, count: 2 << 20) + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
        }
        // What fits is answered; a body as long, or in small chunks, is.
        let small = head + String(repeating: "1;ab\r\nx\r\n", count: 60_000) + "0\r\n\r\n"
        let large = "POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nConnection: close\r\n\r\n"
        try await withServer { port in
            let refused = try await exchange(waste, port: port)
            #expect(refused.hasPrefix("HTTP/1.1 400"))
            let kept = try await exchange(small + large + String(repeating: "y", count: 3_000_000), port: port)
            #expect(answers(Array(kept.utf8)) == ["200", "200"])
        }
    }

    private func answers(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            .filter { Int($0) != nil }
    }

    private func exchange(_ text: String, chop: Int = .max, port: Int) async throws -> String {
        String(decoding: try await RawConnection.exchange(port: port, Array(text.utf8), chop: chop), as: UTF8.self)
    }

    @Test("are answered in their order, however they arrive", arguments: [1, 2, 7, 50, .max])
    func pipelined(chop: Int) async throws {
        let requests = [
            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n123", "GET /b HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n45\r\n1\r\n6\r\n0\r\n\r\n",
            "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n78",
            "GET /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        ]
        try await withServer { port in
            let said = try await exchange(requests.joined(), chop: chop, port: port)
            #expect(answers(Array(said.utf8)) == ["200", "200", "200", "404", "200"])
            var rest = said[...]
            for body in ["/a123", "/b", "/c456", "/d"] {
                let place = try #require(rest.range(of: "\r\n\r\n\(body)"))
                rest = rest[place.upperBound...]
            }
            #expect(said.hasSuffix("/d"))
        }
    }

    @Test(
        "that offer another protocol are answered, and told that the connection ends with them, first or later",
        arguments: [
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
            "Connection: keep-alive,\tUPGRADE\r\nUpgrade: TLS/1.2\r\n", "Connection: upgrade\r\nUpgrade: \r\n",
        ]
    )
    func offers(fields: String) async throws {
        let plain = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
        for offer in [
            "GET /a HTTP/1.1\r\nHost: x\r\n\(fields)\r\n",
            "POST /a HTTP/1.1\r\nHost: x\r\n\(fields)Content-Length: 3\r\n\r\n123",
            "POST /a HTTP/1.1\r\nHost: x\r\n\(fields)Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n",
        ] {
            try await withServer { port in
                let first = try await exchange(offer + plain, port: port)
                #expect(answers(Array(first.utf8)) == ["200"])
                #expect(first.lowercased().contains("\r\nconnection: close\r\n"))
                let later = try await exchange(plain + offer + plain, port: port)
                #expect(answers(Array(later.utf8)) == ["200", "200"])
                #expect(later.lowercased().contains("\r\nconnection: close\r\n"))
            }
        }
        // What is no offer by its `Connection` ends nothing.
        try await withServer { port in
            let ignored = "GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n"
            let last = "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let said = try await exchange(ignored + ignored + last, port: port)
            #expect(answers(Array(said.utf8)) == ["200", "200", "200"])
        }
    }

    @Test("that are answered without a body get none, and one date")
    func empty() async throws {
        try await withServer { port in
            let said = try await exchange(
                "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                port: port
            )
            #expect(answers(Array(said.utf8)) == ["204", "200"])
            #expect(!said.contains("not sent") && !said.contains("yesterday"))
            #expect(said.components(separatedBy: "\r\ndate: ").count == 3)
        }
    }

    @Test("whose body is broken are told so once, also behind others", arguments: [1, .max])
    func broken(chop: Int) async throws {
        let broken = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n45\r\nzz\r\n"
        try await withServer { port in
            let first = try await exchange(broken, chop: chop, port: port)
            #expect(answers(Array(first.utf8)) == ["400"])
            let second = try await exchange("GET /b HTTP/1.1\r\nHost: x\r\n\r\n" + broken, chop: chop, port: port)
            #expect(answers(Array(second.utf8)) == ["200", "400"])
            let refused = broken.replacing("/a", with: "/refused")
            let third = try await exchange(refused, chop: chop, port: port)
            #expect(answers(Array(third.utf8)).count == 1)
            let garbage = try await exchange(
                "GET /b HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n",
                chop: chop,
                port: port
            )
            #expect(answers(Array(garbage.utf8)) == ["200", "400"])
            #expect(garbage.contains("\r\ndate: "))
        }
    }

    @Test("of a client that does not read its answers wait until it does")
    func unread() async throws {
        let count = 600
        let calls = Calls()
        try await withServer({ request in
            if request.path == "/large" { calls.count.add(1, ordering: .relaxed) }
            return await Self.respond(request)
        }) { port in
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                let request = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
                try await outbound.write(ByteBuffer(string: String(repeating: request, count: count)))
                // Time in which a server that did not wait would make all answers.
                for _ in 0..<200 {
                    _ = try await exchange("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
                }
                #expect(calls.count.load(ordering: .relaxed) < count * 2 / 3)
                var bytes = 0
                for try await piece in inbound {
                    bytes += piece.readableBytes
                    if bytes >= count * 100_000, calls.count.load(ordering: .relaxed) == count { break }
                }
                #expect(calls.count.load(ordering: .relaxed) == count)
            }
        }
    }

    @Test(
        "a target in absolute form leads to its path",
        arguments: [
            ("/a?b=c", "/a?b=c"), ("http://x:1/a?b#c", "/a?b"), ("HTTPS://x", "/"), ("http://x?y", "/?y"), ("*", "*"),
        ]
    )
    func path(target: String, path: String) {
        #expect(ServerRequest.path(ofTarget: target) == path)
    }

    @Test(
        "dates are written as RFC 9110 wants them",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"),
        ]
    )
    func date(second: Int, text: String) { #expect(DateHeader.text(second) == text) }
}

private final class Calls: Sendable {
    let count = Atomic(0)
}
