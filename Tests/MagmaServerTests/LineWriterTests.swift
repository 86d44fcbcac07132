import Foundation
import TestSupport
import Testing

@testable import MagmaServer

@Suite("Lines to a stream", .timeLimit(.minutes(15)))
struct LineWriterTests {
    private static func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        _ = Foundation.pipe(&ends)
        return (ends[0], ends[1])
    }

    private static func text(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads to the end on a thread of its own. A task would need one of Swift's few, and a flush holds one up.
    private static func reading(_ descriptor: Int32) -> Task<String, Never> {
        let (texts, whole) = AsyncStream.makeStream(of: String.self)
        Thread {
            whole.yield(text(descriptor))
            whole.finish()
        }.start()
        return Task { await texts.first { _ in true } ?? "" }
    }

    @Test("lines come in their order, and are all written when a flush returns, also more than a pipe holds")
    func order() async {
        let (read, write) = Self.pipe()
        let writer = LineWriter(write)
        let count = 20_000
        for number in 0..<count { writer.line("line \(number)") }
        let reading = Self.reading(read)
        writer.flush(milliseconds: 60_000)
        close(write)
        let text = await reading.value
        #expect(text.split(separator: "\n").elementsEqual((0..<count).map { "line \($0)" }))
        close(read)
    }

    @Test("nobody waits for a pipe that is not read; what does not fit is counted, and said once there is room")
    func full() async throws {
        let (read, write) = Self.pipe()
        let writer = LineWriter(write, limit: 10_000)
        for number in 0..<20_000 { writer.line("line \(number)") }
        // The pipe has 64 KB, and nobody has read any of it.
        let reading = Self.reading(read)
        writer.flush(milliseconds: 60_000)
        writer.line("after")
        writer.flush(milliseconds: 60_000)
        close(write)
        let text = await reading.value
        #expect(text.contains("log lines were dropped"))
        #expect(text.hasSuffix("after\n"))
        close(read)
    }

    @Test("a reader that left and a full disk end nothing")
    func gone() {
        let (read, write) = Self.pipe()
        let writer = LineWriter(write)
        writer.line("first")
        writer.flush(milliseconds: 60_000)
        close(read)
        for _ in 0..<100 { writer.line("more") }
        writer.flush(milliseconds: 60_000)
        close(write)
        let full = open("/dev/full", O_WRONLY)
        let other = LineWriter(full)
        other.line("nothing")
        other.flush(milliseconds: 60_000)
        Descriptors.write(Array("nothing".utf8), to: full)
        close(full)
    }
}
