import Testing

@testable import MagmaProviders

@Suite("Server-sent events", .timeLimit(.minutes(15)))
struct ServerSentEventsTests {
    private typealias Event = ServerSentEvents.Event

    private func events(_ text: String, pieces: Int) throws -> [Event] {
        var parser = ServerSentEvents()
        let bytes = Array(text.utf8)
        return try stride(from: 0, to: bytes.count, by: pieces).flatMap {
            try parser.add(bytes[$0..<min($0 + pieces, bytes.count)])
        }
    }

    @Test("are the same wherever the stream was cut", arguments: [1, 2, 3, 7, 1000])
    func cuts(pieces: Int) throws {
        let text = ": hello\r\nevent: a\r\ndata: eins\r\ndata:zwei\r\n\r\ndata: größe 🌋\n\nid: 3\n\n"
        let events = try events(text, pieces: pieces)
        #expect(events == [Event(name: "a", data: "eins\nzwei"), Event(data: "größe 🌋")])
    }

    @Test("end lines as the standard says", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(end: String) throws {
        let events = try events("data: a\(end)data\(end)\(end)data: b\(end)\(end)", pieces: 1)
        #expect(events == [Event(data: "a\n"), Event(data: "b")])
    }

    @Test("that never end a line are refused, not kept for ever")
    func bound() throws {
        var parser = ServerSentEvents()
        let piece = [UInt8](repeating: 120, count: 1 << 20)
        #expect(throws: ServerSentEvents.TooLong.self) {
            for _ in 0..<9 { _ = try parser.add(piece) }
        }
    }
}
