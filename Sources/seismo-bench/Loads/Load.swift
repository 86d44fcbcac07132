internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Sends one HTTP request after another on each of some connections, and counts the answers.
///
/// It is as thin as can be, blocking sockets on threads of their own, so that little is measured beside the server.
struct Load: Sendable {
    let port: Int
    let connections: Int
    let seconds: Double
    /// Requests of each connection after which it ends early.
    var limit = Int.max
    /// From one request of a connection to its next; at once by default.
    var pace = Duration.zero
    /// The body of the request of that number on that connection, and its path.
    let request: @Sendable (_ connection: Int, _ number: Int) -> (path: String, body: String)

    struct Failed: Error, CustomStringConvertible { let description: String }

    /// Answers a second.
    func run() async throws -> Double {
        let begin = ContinuousClock.now
        let end = begin + .milliseconds(Int(seconds * 1000))
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for connection in 0..<connections {
                group.addTask { try await onThread { try converse(connection, until: end) } }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = begin.duration(to: .now).components
        return Double(answers) / (Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
    }

    /// How many requests were answered.
    private func converse(_ connection: Int, until end: ContinuousClock.Instant) throws -> Int {
        let socket = try Socket(port: port)
        var number = 0
        while ContinuousClock.now < end, number < limit {
            let (path, body) = request(connection, number)
            try socket.post(path, body)
            number += 1
            if pace > .zero { usleep(UInt32(pace.milliseconds * 1000)) }
        }
        return number
    }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }
}

/// A connection to loopback that keeps alive.
final class Socket {
    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Load.Failed(description: "no connection to port \(port)") }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func post(_ path: String, _ body: String) throws {
        let head =
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try send(head + body)
        try readAnswer()
    }

    func send(_ text: String) throws { try send(bytes: Array(text.utf8)) }

    func send(bytes: [UInt8]) throws {
        guard sendto(descriptor, bytes, bytes.count, 0, nil, 0) == bytes.count else {
            throw Load.Failed(description: "the request could not be sent")
        }
    }

    /// Reads to the end of an answer's head; what comes after it stays.
    func readHead() throws -> String {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while head.suffix(4) != Array("\r\n\r\n".utf8) {
            guard recv(descriptor, &byte, 1, 0) == 1 else {
                throw Load.Failed(description: "the connection was closed")
            }
            head.append(byte)
        }
        return String(decoding: head, as: UTF8.self)
    }

    /// Returns when something has come, which is not kept.
    func awaitBytes() throws {
        guard recv(descriptor, &buffer, buffer.count, 0) > 0 else {
            throw Load.Failed(description: "the connection was closed")
        }
    }

    private func readAnswer() throws {
        var count = 0
        while true {
            let read = recv(descriptor, &buffer[count], buffer.count - count, 0)
            guard read > 0 else { throw Load.Failed(description: "the connection was closed") }
            count += read
            let text = buffer[..<count]
            guard let end = text.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            guard text.starts(with: Array("HTTP/1.1 200".utf8)) else {
                throw Load.Failed(description: String(decoding: text.prefix(400), as: UTF8.self))
            }
            let head = String(decoding: text[..<end.lowerBound], as: UTF8.self).lowercased()
            let length = head.split(separator: "content-length:").dropFirst().first
                .flatMap { Int($0.prefix { $0 != "\r\n" }.trimmingCharacters(in: .whitespaces)) }
            if count >= end.upperBound + (length ?? 0) { return }
        }
    }
}
