internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Enforces what RFC 9110, RFC 9112 and RFC 6455 require beyond the wire format: one `Host` in HTTP/1.1, an answer to
/// `Expect: 100-continue`, no body for `HEAD`, no chunks for HTTP/1.0, no transfer coding but `chunked`, and a valid
/// key in a WebSocket's handshake.
///
/// It stands behind ``RequestGuard`` while the connection speaks HTTP, one request after another.
final class MessageRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What decides how a request is answered.
    private struct Asked {
        let isHead: Bool
        let isOld: Bool
    }

    private struct Refusal {
        let status: HTTPResponseStatus
        let code: String
        let message: String
    }

    /// The last `Host` that was right: most clients send the same one with each request.
    private var knownHost: String?
    /// Requests whose answer has not ended, the oldest first.
    private var asked: CircularBuffer<Asked> = []
    /// Why to refuse the last request that was read, once the requests before it are answered.
    private var refusal: Refusal?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isFirst = asked.isEmpty
        asked.append(Asked(isHead: head.method == .HEAD, isOld: head.version != .http1_1))
        let noted = Noted(head.headers)
        refusal = refusal(of: head, noted)
        if refusal != nil {
            if isFirst { refuse(context) }
            return
        }
        // While an earlier answer is unfinished, a `100 Continue` would be taken for a part of it.
        if isFirst, head.version == .http1_1, noted.hasExpectation {
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        guard let authority = Self.authority(ofTarget: head.uri) else { return context.fireChannelRead(data) }
        // A host in the target overrides the `Host` header (RFC 9112, section 3.2.2).
        head.headers.replaceOrAdd(name: "host", value: authority)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Whether the next answer needs no change on its way, and nothing has to follow it.
    var takesAnswersAsTheyAre: Bool {
        guard refusal == nil, let next = asked.first else { return false }
        return !next.isHead && !next.isOld
    }

    /// An answer was written that did not come through here.
    func noteAnswer() { asked.removeFirst() }

    /// The headers that rules are about, found in one pass.
    private struct Noted {
        var hosts: [String] = []
        var hasCoding = false
        var hasExpectation = false
        var hasUpgrade = false

        init(_ headers: HTTPHeaders) {
            for (name, value) in headers {
                switch name.utf8.count {
                case 4 where name.isName("host"): hosts.append(value)
                case 6 where name.isName("expect"): hasExpectation = true
                case 7 where name.isName("upgrade"): hasUpgrade = true
                case 17 where name.isName("transfer-encoding"): hasCoding = true
                default: break
                }
            }
        }
    }

    private func refusal(of head: HTTPRequestHead, _ noted: Noted) -> Refusal? {
        let isKnown =
            noted.hosts.count == 1 && head.uri.utf8.first == UInt8(ascii: "/")
            && knownHost.map { noted.hosts[0].utf8.elementsEqual($0.utf8) } ?? false
        if !isKnown {
            if let refusal = Self.refusalOfHost(head, noted.hosts) { return refusal }
            knownHost = noted.hosts.first
        }
        if noted.hasCoding, let refusal = Self.refusalOfCoding(head) { return refusal }
        if noted.hasExpectation, let refusal = Self.refusalOfExpectation(head) { return refusal }
        return noted.hasUpgrade ? Self.refusalOfKey(head) : nil
    }

    /// The server that a target in absolute form names: `http://HOST:PORT/…`; `nil` for a path.
    static func authority(ofTarget target: String) -> String? {
        guard target.utf8.first != UInt8(ascii: "/") else { return nil }
        let bytes = Array(target.utf8.prefix(longestAuthority + 8))
        guard
            let scheme = ["http://", "https://"].first(where: { scheme in
                bytes.count >= scheme.utf8.count && zip(bytes, scheme.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
            })
        else { return nil }
        return String(decoding: bytes.dropFirst(scheme.utf8.count).prefix { !"/?#".utf8.contains($0) }, as: UTF8.self)
    }

    /// Maximum bytes that are read of a target's authority: a name has at most 255 (RFC 1035, section 2.3.4).
    private static let longestAuthority = 300

    private static func refusalOfHost(_ head: HTTPRequestHead, _ hosts: [String]) -> Refusal? {
        if let authority = authority(ofTarget: head.uri), authority.isEmpty || !isHost(authority) {
            let message =
                "The request's target names no host or an invalid one; send a path (RFC 9112, section 3.2)."
            return Refusal(status: .badRequest, code: "host_invalid", message: message)
        }
        if hosts.isEmpty, head.version != .http1_1 { return nil }
        let what: String
        switch hosts.count {
        case 1 where isHost(hosts[0]): return nil
        case 0: what = "has no Host header"
        case 1: what = "has a Host header that is not a name with an optional port"
        default: what = "has more than one Host header"
        }
        let message = "The request \(what); send one (RFC 9112, section 3.2)."
        return Refusal(status: .badRequest, code: "host_invalid", message: message)
    }

    /// Whether it is `uri-host [ ":" port ]` (RFC 9110, section 7.2); an empty one is for targets that have no authority.
    private static func isHost(_ field: String) -> Bool {
        let bytes = Array(field.utf8)
        let colon = bytes.lastIndex(of: UInt8(ascii: ":"))
        let end = colon.flatMap { bytes[$0...].contains(UInt8(ascii: "]")) ? nil : $0 } ?? bytes.count
        let (name, port) = (bytes[..<end], bytes[end...].dropFirst())
        guard port.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), port.count <= 5,
            Int(String(decoding: port, as: UTF8.self)) ?? 0 <= 65_535
        else { return false }
        guard name.first == UInt8(ascii: "[") else { return name.allSatisfy(isRegisteredName) }
        let inside = name.dropFirst().dropLast()
        return name.last == UInt8(ascii: "]") && !inside.isEmpty
            && inside.allSatisfy { isRegisteredName($0) || $0 == UInt8(ascii: ":") }
    }

    /// Whether a byte may stand in a `reg-name` (RFC 3986, section 3.2.2).
    private static func isRegisteredName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    private static func refusalOfCoding(_ head: HTTPRequestHead) -> Refusal? {
        let codings = head.headers[canonicalForm: "transfer-encoding"].map { $0.lowercased() }
        if codings.isEmpty || codings == ["chunked"] { return nil }
        let message = "The only supported transfer coding is 'chunked' (RFC 9112, section 6.1)."
        return Refusal(status: .notImplemented, code: "transfer_coding_unknown", message: message)
    }

    private static func refusalOfExpectation(_ head: HTTPRequestHead) -> Refusal? {
        let expected = head.headers["expect"].map { $0.lowercased() }
        if expected.isEmpty || expected == ["100-continue"] || head.version != .http1_1 { return nil }
        let message = "Only 'Expect: 100-continue' is supported (RFC 9110, section 10.1.1)."
        return Refusal(status: .expectationFailed, code: "expectation_unknown", message: message)
    }

    /// RFC 6455, section 4.2.1: the key of a handshake is base64 of 16 bytes.
    private static func refusalOfKey(_ head: HTTPRequestHead) -> Refusal? {
        let upgrades = head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
        guard upgrades, head.method == .GET, head.headers["sec-websocket-version"] == ["13"] else { return nil }
        let keys = head.headers["sec-websocket-key"]
        if keys.count == 1, keys[0].utf8.count == 24, Data(base64Encoded: keys[0])?.count == 16 { return nil }
        let message = "Send Sec-WebSocket-Key once, as base64 of 16 bytes (RFC 6455, section 4.1)."
        return Refusal(status: .badRequest, code: "websocket_key_invalid", message: message)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        guard let refusal, let asked = asked.first else { return }
        context.answer(refusal.status, code: refusal.code, message: refusal.message, hasBody: !asked.isHead)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let current = asked.first else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head) where current.isOld:
            // Without a length the end of the connection is the end of the body (RFC 9112, section 6.3).
            head.version = .http1_0
            head.headers.remove(name: "transfer-encoding")
            head.headers.replaceOrAdd(name: "connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head: context.write(data, promise: promise)
        case .body where current.isHead: promise?.succeed()
        case .body: context.write(data, promise: promise)
        case .end:
            asked.removeFirst()
            guard current.isOld else {
                context.write(data, promise: promise)
                if refusal != nil { refuse(context) }
                return
            }
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        }
    }
}

extension ChannelHandlerContext {
    /// Answers a request with an error before any other handler sees it, and closes the connection.
    func answer(_ status: HTTPResponseStatus, code: String, message: String, hasBody: Bool = true) {
        let body = ByteBuffer(string: "{\"message\":\"\(message)\",\"code\":\"\(code)\"}")
        let fields: HTTPHeaders = [
            "connection": "close", "content-type": "application/json; charset=utf-8",
            "content-length": "\(body.readableBytes)", "date": DateHeader.now,
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: fields)
        write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        if hasBody { write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(body))), promise: nil) }
        writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
        closeAfterAnswer()
    }

    /// How long a client may take to close the connection after the last answer.
    private static var linger: TimeAmount { .seconds(2) }

    /// Ends the connection. The client closes its own side first: were it closed here while it still sends, it could lose
    /// the answer (RFC 9112, section 9.6).
    func closeAfterAnswer() {
        close(mode: .output, promise: nil)
        let channel = channel
        eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
}
