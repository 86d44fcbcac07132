internal import NIOCore
internal import NIOHTTP1

/// The short way of most answers to the socket: head and body in one piece, past the handlers that look at each part of an answer.
struct WholeAnswers {
    /// Bytes of a body that are copied behind the head; a longer one goes the long way.
    private static let longestBody = 64 << 10

    /// What is written from here passes neither the encoder nor the handlers behind it.
    private let encoder: ChannelHandlerContext
    private let rules: MessageRules
    private let requests: RequestGuard

    /// `nil` where the pipeline has no such handlers.
    init?(_ pipeline: ChannelPipeline.SynchronousOperations) {
        guard let encoder = try? pipeline.context(handlerType: HTTPResponseEncoder.self),
            let rules = try? pipeline.handler(type: MessageRules.self),
            let requests = try? pipeline.handler(type: RequestGuard.self)
        else { return nil }
        (self.encoder, self.rules, self.requests) = (encoder, rules, requests)
    }

    /// Writes an answer that goes out as it is, without a length or a connection of its own.
    ///
    /// - Parameters:
    ///   - server: the value of `Server`.
    ///   - closes: whether the connection ends with it.
    /// - Returns: whether it was written.
    func write(_ response: ServerResponse, _ body: ByteBuffer, server: String?, closes: Bool) -> Bool {
        guard body.readableBytes <= Self.longestBody, response.status != .noContent, response.status != .notModified,
            rules.takesAnswersAsTheyAre
        else { return false }
        var size = 0
        for (name, value) in response.headers {
            switch name.utf8.count {
            case 10 where name.isName("connection"), 14 where name.isName("content-length"),
                17 where name.isName("transfer-encoding"):
                return false
            default: size += name.utf8.count + value.utf8.count + 4
            }
        }
        let status = response.status == .ok ? "200 OK" : "\(response.status.code) \(response.status.reasonPhrase)"
        let date = DateHeader.now
        // 120 are more than the names of what is added here and a length have.
        size += status.utf8.count + date.utf8.count + (server?.utf8.count ?? 0) + 120 + body.readableBytes
        var buffer = encoder.channel.allocator.buffer(capacity: size)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var pen = Pen(bytes)
            pen.write("HTTP/1.1 ")
            pen.write(status)
            pen.write("\r\ncontent-length: ")
            pen.write(String(body.readableBytes))
            pen.write("\r\ndate: ")
            pen.write(date)
            if let server {
                pen.write("\r\nserver: ")
                pen.write(server)
            }
            if closes { pen.write("\r\nconnection: close") }
            for (name, value) in response.headers {
                switch name.utf8.count {
                case 4 where name.isName("date"): break
                case 6 where server != nil && name.isName("server"): break
                default:
                    pen.write("\r\n")
                    pen.write(name)
                    pen.write(": ")
                    pen.write(value)
                }
            }
            pen.write("\r\n\r\n")
            body.withUnsafeReadableBytes { pen.write($0) }
            return pen.count
        }
        rules.noteAnswer()
        requests.noteAnswer()
        encoder.writeAndFlush(NIOAny(IOData.byteBuffer(buffer)), promise: nil)
        return true
    }
}

/// Writes into memory that has room for all of it.
private struct Pen {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }
}
