internal import ArgumentParser
internal import Foundation
internal import Inspection

/// Many inspectors on one session in which a good deal goes on.
extension Bencher {
    func measureInspectors() async throws {
        guard requested.contains(.inspectors) else { return }
        try await inFolder { folder in
            let runtime = try ServedRuntime(in: folder)
            defer { runtime.end() }
            let memory = runtime.memory
            let numbers = try await Child.numbers([
                "crowd", "--port", "\(runtime.port)", "--token", try runtime.token, "--count", "\(extent.inspectors)",
                "--seconds", "\(extent.inspectorSeconds)",
            ])
            Report.most(BenchCase.inspectors.rawValue, numbers.first ?? .infinity, "ms", budget: 40)
            let grown = Double(runtime.memory - memory) / Double(extent.inspectors) / 1024
            Report.most("inspectors-memory", grown, "KiB each", budget: 512)
        }
    }
}

/// Inspectors as a process of their own: connections that are all attached to one session, in which turns go on. Prints
/// the 99th percentile of the milliseconds from an event's moment to its arrival, and how many arrived.
struct CrowdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "crowd", shouldDisplay: false)

    @Option var port: Int
    @Option var token: String
    @Option var session = "busy"
    @Option var count: Int
    @Option var seconds: Double
    @Option var turnsPerSecond = 5.0

    func run() async throws {
        let path = "/v1/agents/echo/chat?sessionId=\(session)"
        let turn: @Sendable (Int, Int) -> (path: String, body: String) = { _, number in
            (path, "{\"message\":\"turn \(number)\"}")
        }
        _ = try await Load(port: port, connections: 1, seconds: 10, limit: 2, request: turn).run()
        let sockets = try (0..<count).map { _ in try attached() }
        for socket in sockets { try socket.awaitBytes() }
        let begin = Date().timeIntervalSince1970 * 1000
        let (port, seconds, pace) = (port, seconds, turnsPerSecond)
        let turns = Task {
            try await Load(port: port, connections: 1, seconds: seconds, pace: .seconds(1 / pace), request: turn).run()
        }
        let delays = listen(sockets, since: begin, until: begin + (seconds + 0.5) * 1000)
        _ = try await turns.value
        guard !delays.isEmpty else { throw Load.Failed(description: "no event came to any inspector") }
        print(delays.percentile(99), delays.count)
    }

    /// A WebSocket, as thin as can be (RFC 6455): nothing but what is needed to be sent events.
    private func attached() throws -> Socket {
        let socket = try Socket(port: port)
        try socket.send(
            "GET /v1/inspect HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Authorization: Bearer \(token)\r\n\r\n"
        )
        guard try socket.readHead().hasPrefix("HTTP/1.1 101") else {
            throw Load.Failed(description: "an inspector was not let in")
        }
        let request =
            #"{"jsonrpc":"2.0","id":1,"method":"\#(Methods.attach.name)","params":{"agent":"echo","session":"\#(session)"}}"#
        // A masked text frame of less than 126 bytes, masked with zeros.
        try socket.send(bytes: [0x81, 0x80 | UInt8(request.utf8.count), 0, 0, 0, 0] + Array(request.utf8))
        return socket
    }

    /// Milliseconds from the moments that events carry to their arrival.
    private func listen(_ sockets: [Socket], since begin: Double, until end: Double) -> [Double] {
        var polls = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var delays: [Double] = []
        while true {
            let now = Date().timeIntervalSince1970 * 1000
            guard now < end else { return delays }
            guard poll(&polls, nfds_t(polls.count), 50) > 0 else { continue }
            for index in polls.indices where polls[index].revents != 0 {
                let count = recv(polls[index].fd, &buffer, buffer.count, 0)
                guard count > 0 else { continue }
                let now = Date().timeIntervalSince1970 * 1000
                let moments = buffer.withUnsafeBytes {
                    Self.moments(in: UnsafeRawBufferPointer(rebasing: $0[..<count]))
                }
                for moment in moments where moment >= begin { delays.append(now - moment) }
            }
        }
    }

    /// The numbers after `"at":`; by pointer, since every cycle here is one in which nothing is read.
    private static func moments(in bytes: UnsafeRawBufferPointer) -> [Double] {
        var moments: [Double] = []
        var index = 0
        while index + 18 < bytes.count {
            guard bytes[index] == UInt8(ascii: "\""), bytes[index + 1] == UInt8(ascii: "a"),
                bytes[index + 2] == UInt8(ascii: "t"), bytes[index + 3] == UInt8(ascii: "\""),
                bytes[index + 4] == UInt8(ascii: ":")
            else {
                index += 1
                continue
            }
            index += 5
            var number = 0
            while index < bytes.count, (48...57).contains(bytes[index]) {
                number = number * 10 + Int(bytes[index] - 48)
                index += 1
            }
            moments.append(Double(number))
        }
        return moments
    }
}
