import NIOCore
import Testing

@testable import AgentAPI

@Suite("Events of another node")
struct ForwardedEventsTests {
    private static let events = ["event: session\ndata: {}\n\n", ": still here\n\n", "event: done\ndata: {}\n\n"]

    @Test("are passed on whole, however they come", arguments: 1...60)
    func whole(size: Int) {
        let bytes = Array(Self.events.joined().utf8)
        var forwarded = ForwardedEvents()
        var passed = ""
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = bytes[start..<min(start + size, bytes.count)]
            passed += forwarded.add(ByteBuffer(bytes: piece)).map { String(buffer: $0) } ?? ""
            #expect(passed.isEmpty || passed.hasSuffix("\n\n"))
        }
        #expect(passed == Self.events.joined())
        #expect(forwarded.areDone && forwarded.rest == nil)
    }

    @Test("what does not end is kept back, and is no end")
    func half() {
        var forwarded = ForwardedEvents()
        #expect(forwarded.add(ByteBuffer(string: "event: delta\ndata: 1\n\nevent: done\ndata:")) != nil)
        #expect(!forwarded.areDone)
        #expect(forwarded.rest.map { String(buffer: $0) } == "event: done\ndata:")
    }

    @Test("of one that is longer than a bound pieces are passed on")
    func long() {
        var forwarded = ForwardedEvents()
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 700_000)
        #expect(forwarded.add(piece) == nil)
        #expect(forwarded.add(piece)?.readableBytes == 1_400_000)
        #expect(forwarded.rest == nil)
    }
}
