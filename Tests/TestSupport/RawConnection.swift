internal import NIOCore
internal import NIOPosix

/// A connection that says exactly the bytes of a test.
package enum RawConnection {
    /// Sends bytes and reads until `isEnough`, or until the server closes.
    ///
    /// - Parameter chop: bytes of a write.
    package static func exchange(
        port: Int,
        _ bytes: [UInt8],
        chop: Int = .max,
        until isEnough: @escaping @Sendable ([UInt8]) -> Bool = { _ in false }
    ) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var rest = bytes[...]
            while !rest.isEmpty {
                try await outbound.write(ByteBuffer(bytes: rest.prefix(chop)))
                rest = rest.dropFirst(chop)
            }
            var received: [UInt8] = []
            for try await piece in inbound {
                received += Array(buffer: piece)
                if isEnough(received) { break }
            }
            return received
        }
    }

    /// One HTTP request on a connection of its own.
    package static func http(
        port: Int,
        _ method: String,
        _ path: String,
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> HTTPAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        return HTTPAnswer(try await exchange(port: port, Array((head + "\r\n").utf8) + body))
    }
}

/// A whole HTTP response.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: [String: String]
    package let body: String

    package init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let lines = (parts.first ?? "").split(separator: "\r\n")
        status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            if sides.count == 2 { headers[sides[0].lowercased()] = String(sides[1].drop { $0 == " " }) }
        }
        self.headers = headers
        body = parts.count == 2 ? parts[1] : ""
    }
}
