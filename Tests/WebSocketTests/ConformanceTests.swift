import TestSupport
import Testing

@testable import WebSocket

/// Cases as the sections of Autobahn's test suite have them (1 to 7, 9 and 10), each against the server and against the
/// client; binary messages are not taken by this endpoint, and extensions are not offered.
@Suite("Conformance to RFC 6455", .timeLimit(.minutes(15)))
struct ConformanceTests {
    struct Frame: Sendable {
        let first: UInt8
        let payload: [UInt8]

        var masked: [UInt8] { EchoServer.masked(first, payload) }
        var plain: [UInt8] { ConformanceTests.plain(first, payload) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// Frames that the test sends.
        let said: [Frame]
        /// What it is answered, all of it, without masks; a close at last.
        let heard: [UInt8]
        /// Bytes a write.
        var chop = Int.max

        var testDescription: String { name }
    }

    // MARK: Frames

    private static func frame(_ first: UInt8, _ payload: [UInt8] = []) -> Frame {
        Frame(first: first, payload: payload)
    }
    private static func frame(_ first: UInt8, _ text: String) -> Frame { frame(first, Array(text.utf8)) }

    private static func plain(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            payload.count < 126
            ? [UInt8(payload.count)]
            : payload.count < 65_536
                ? [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
                : [127, 0, 0, 0, 0, 0] + (0..<3).map { UInt8(payload.count >> (8 * (2 - $0)) & 255) }
        return [first] + length + payload
    }

    private static func closed(_ code: Int) -> [UInt8] { [0x88, 2, UInt8(code >> 8), UInt8(code & 255)] }

    private static let bye = frame(0x88, [0x03, 0xE8])

    private static func echoed(_ name: String, _ text: [UInt8], chop: Int = .max) -> Case {
        Case(name: name, said: [frame(0x81, text), bye], heard: plain(0x81, text) + closed(1000), chop: chop)
    }

    private static func refused(_ name: String, _ frames: [Frame], _ code: Int, before: [UInt8] = []) -> Case {
        Case(name: name, said: frames, heard: before + closed(code))
    }

    // MARK: Cases

    private static let texts: [Case] =
        [0, 125, 126, 127, 128, 65_535].map { echoed("1.1 text of \($0)", [UInt8](repeating: 0x2A, count: $0)) }
        + [echoed("1.1.8 text in pieces of 997 bytes", [UInt8](repeating: 0x2A, count: 65_535), chop: 997)]

    private static let pings: [Case] = [
        Case(name: "2.1 empty ping", said: [frame(0x89), bye], heard: [0x8A, 0] + closed(1000)),
        Case(
            name: "2.2 ping",
            said: [frame(0x89, "Hello"), bye],
            heard: plain(0x8A, Array("Hello".utf8)) + closed(1000)
        ),
        Case(
            name: "2.3 binary ping",
            said: [frame(0x89, [0, 255, 254]), bye],
            heard: plain(0x8A, [0, 255, 254]) + closed(1000)
        ),
        Case(
            name: "2.4 ping of 125",
            said: [frame(0x89, [UInt8](repeating: 254, count: 125)), bye],
            heard: plain(0x8A, [UInt8](repeating: 254, count: 125)) + closed(1000)
        ),
        refused("2.5 ping of 126", [frame(0x89, [UInt8](repeating: 254, count: 126))], 1002),
        Case(
            name: "2.6 ping byte by byte",
            said: [frame(0x89, [UInt8](repeating: 254, count: 125)), bye],
            heard: plain(0x8A, [UInt8](repeating: 254, count: 125)) + closed(1000),
            chop: 1
        ),
        Case(name: "2.7 pong that nobody asked for", said: [frame(0x8A), bye], heard: closed(1000)),
        Case(
            name: "2.9 pong, then ping",
            said: [frame(0x8A, "x"), frame(0x89, "y"), bye],
            heard: plain(0x8A, [0x79]) + closed(1000)
        ),
        Case(
            name: "2.10 ten pings",
            said: (0..<10).map { frame(0x89, [UInt8($0)]) } + [bye],
            heard: (0..<10).flatMap { plain(0x8A, [UInt8($0)]) } + closed(1000)
        ),
    ]

    private static let reserved: [Case] =
        (1...7).flatMap { bits -> [Case] in
            let flags = UInt8(bits) << 4
            return [
                refused("3 text with reserved bits \(bits)", [frame(0x81 | flags, "a")], 1002),
                refused("3 ping with reserved bits \(bits)", [frame(0x89 | flags, "a")], 1002),
            ]
        }
        + (Array(3...7) + Array(11...15)).map { refused("4 opcode \($0)", [frame(0x80 | UInt8($0), "a")], 1002) }

    private static let pieces: [Case] = [
        refused("5.1 ping in pieces", [frame(0x09, "a"), frame(0x80, "b")], 1002),
        refused("5.2 pong in pieces", [frame(0x0A, "a"), frame(0x80, "b")], 1002),
        Case(
            name: "5.3 text in two pieces",
            said: [frame(0x01, "a"), frame(0x80, "b"), bye],
            heard: plain(0x81, [0x61, 0x62]) + closed(1000)
        ),
        Case(
            name: "5.6 a ping between pieces, byte by byte",
            said: [frame(0x01, "a"), frame(0x89, "p"), frame(0x80, "b"), bye],
            heard: plain(0x8A, [0x70]) + plain(0x81, [0x61, 0x62]) + closed(1000),
            chop: 1
        ),
        refused("5.9 a continuation of nothing", [frame(0x80, "a"), frame(0x81, "b")], 1002),
        refused("5.12 an unfinished continuation of nothing", [frame(0x00, "a")], 1002),
        Case(
            name: "5.15 a continuation after the end",
            said: [frame(0x01, "a"), frame(0x80, "b"), frame(0x00, "c")],
            heard: plain(0x81, [0x61, 0x62]) + closed(1002)
        ),
        refused("5.18 a text within a text", [frame(0x01, "a"), frame(0x81, "b")], 1002),
        Case(
            name: "5.19 five pieces and two pings",
            said: [
                frame(0x01, "1"), frame(0x00, "2"), frame(0x89, "p"), frame(0x00, "3"), frame(0x89, "q"),
                frame(0x00, "4"),
                frame(0x80, "5"), bye,
            ],
            heard: plain(0x8A, [0x70]) + plain(0x8A, [0x71]) + plain(0x81, Array("12345".utf8)) + closed(1000)
        ),
    ]

    private static let valid: [[UInt8]] = [
        [], Array("Hello-µ@ßöäüàá-UTF-8!!".utf8), [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83], [0x00], [0x7F],
        [0xC2, 0x80],
        [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD], [0xEF, 0xBF, 0xBE],
    ]

    private static let invalid: [[UInt8]] = [
        [0xCE], [0xCE, 0xBA, 0xE1], [0xCE, 0xBA, 0xED, 0xA0, 0x80, 0x65], [0xF8, 0x88, 0x80, 0x80, 0x80],
        [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xF7, 0xBF, 0xBF, 0xBF], [0x80], [0xBF], [0x80, 0xBF, 0x80],
        [0xC0, 0x20],
        [0xE0, 0x20], [0xF0, 0x20], [0xC0], [0xE0, 0x80], [0xF0, 0x80, 0x80], [0xFE], [0xFF], [0xC0, 0xAF],
        [0xE0, 0x80, 0xAF],
        [0xF0, 0x80, 0x80, 0xAF], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ]

    private static let encodings: [Case] =
        valid.map { echoed("6 valid UTF-8 \($0)", $0) }
        + invalid.map { refused("6 invalid UTF-8 \($0)", [frame(0x81, $0)], 1007) }
        + [
            Case(
                name: "6.2.4 a character over two pieces",
                said: [frame(0x01, [0xCE]), frame(0x80, [0xBA]), bye],
                heard: plain(0x81, [0xCE, 0xBA]) + closed(1000)
            ),
            refused("6.3.2 invalid UTF-8 over two pieces", [frame(0x01, [0xCE]), frame(0x80, [0x20])], 1007),
        ]

    private static let closes: [Case] =
        [
            Case(
                name: "7.1.1 a text, then a close",
                said: [frame(0x81, "a"), bye],
                heard: plain(0x81, [0x61]) + closed(1000)
            ),
            Case(name: "7.1.2 two closes", said: [bye, bye], heard: closed(1000)),
            Case(name: "7.1.3 a ping after the close", said: [bye, frame(0x89, "p")], heard: closed(1000)),
            Case(name: "7.1.4 a text after the close", said: [bye, frame(0x81, "a")], heard: closed(1000)),
            Case(name: "7.3.1 an empty close", said: [frame(0x88)], heard: closed(1000)),
            refused("7.3.2 a close of one byte", [frame(0x88, [3])], 1002),
            Case(
                name: "7.3.4 a close with a reason",
                said: [frame(0x88, [0x03, 0xE8] + Array("bye".utf8))],
                heard: closed(1000)
            ),
            Case(
                name: "7.3.5 a close with the longest reason",
                said: [frame(0x88, [0x03, 0xE8] + [UInt8](repeating: 0x2A, count: 123))],
                heard: closed(1000)
            ),
            refused(
                "7.3.6 a close that is too long",
                [frame(0x88, [0x03, 0xE8] + [UInt8](repeating: 0x2A, count: 124))],
                1002
            ),
            refused("7.5.1 a reason of invalid UTF-8", [frame(0x88, [0x03, 0xE8, 0xCE])], 1007),
        ]
        + [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map { code in
            Case(
                name: "7.7 closes with \(code)",
                said: [frame(0x88, [UInt8(code >> 8), UInt8(code & 255)])],
                heard: closed(code)
            )
        }
        + [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535].map { code in
            refused("7.9 closes with \(code)", [frame(0x88, [UInt8(code >> 8), UInt8(code & 255)])], 1002)
        }

    private static let all = texts + pings + reserved + pieces + encodings + closes

    @Test("a case against the server", arguments: all)
    func server(_ test: Case) async throws {
        try await EchoServer.run(limit: 1 << 20) { port in
            let bytes = EchoServer.upgrade("/echo") + test.said.flatMap(\.masked)
            let heard = try await RawConnection.exchange(port: port, bytes, chop: test.chop)
            #expect(EchoServer.afterHead(heard) == test.heard, "\(test.name)")
        }
    }

    @Test("a case against the client", arguments: all)
    func client(_ test: Case) async throws {
        let heard = try await RawServer.converse(test.said.flatMap(\.plain), chop: test.chop)
        #expect(RawServer.unmasked(heard) == test.heard, "\(test.name)")
    }

    @Test("a frame with a mask from the server is closed with 1002")
    func masked() async throws {
        let heard = try await RawServer.converse(Self.frame(0x81, "a").masked)
        #expect(RawServer.unmasked(heard) == Self.closed(1002))
    }

    @Test("9.3 and 9.4: a message in very many fragments is one message; its bytes are what is bounded")
    func fragments() async throws {
        let count = 6_000
        let piece = EchoServer.masked(0x00, [0x2A])
        let bytes =
            EchoServer.upgrade("/echo") + EchoServer.masked(0x01, []) + repeatElement(piece, count: count).joined()
            + EchoServer.masked(0x80, []) + Self.bye.masked
        let text = [UInt8](repeating: 0x2A, count: count)
        try await EchoServer.run(limit: count) { port in
            let heard = try await RawConnection.exchange(port: port, bytes)
            #expect(EchoServer.afterHead(heard) == Self.plain(0x81, text) + Self.closed(1000))
        }
        try await EchoServer.run(limit: count - 1) { port in
            let heard = try await RawConnection.exchange(port: port, bytes)
            #expect(EchoServer.afterHead(heard) == Self.closed(1009))
        }
    }

    @Test("more fragments than a message may have are closed with 1009, as too large")
    func tooManyFragments() async throws {
        let piece = EchoServer.masked(0x00, [])
        let bytes =
            EchoServer.upgrade("/echo") + EchoServer.masked(0x01, []) + repeatElement(piece, count: 100).joined()
            + EchoServer.masked(0x80, []) + Self.bye.masked
        try await EchoServer.run(limit: 100, fragments: 100) { port in
            let heard = try await RawConnection.exchange(port: port, bytes)
            #expect(EchoServer.afterHead(heard) == Self.closed(1009))
        }
    }
}
