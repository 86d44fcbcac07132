/// Takes a stream of server-sent events apart (WHATWG HTML, section 9.2), wherever it was cut into pieces.
struct ServerSentEvents {
    struct Event: Sendable, Hashable {
        var name = ""
        var data = ""
    }

    /// A line is longer than any answer's piece can be.
    struct TooLong: Error {}

    static let maximumLine = 8 << 20

    private var line: [UInt8] = []
    private var event = Event()
    private var hasData = false
    private var endedWithReturn = false

    /// - Throws: ``TooLong``.
    mutating func add(_ bytes: some Sequence<UInt8>) throws -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            let isLineFeedOfReturn = byte == UInt8(ascii: "\n") && endedWithReturn
            endedWithReturn = byte == UInt8(ascii: "\r")
            if isLineFeedOfReturn { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = endLine() { events.append(event) }
            } else {
                line.append(byte)
                if line.count > Self.maximumLine { throw TooLong() }
            }
        }
        return events
    }

    private mutating func endLine() -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty { return endEvent() }
        let text = String(decoding: line, as: UTF8.self)
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        var value = text[colon...].dropFirst()
        if value.first == " " { value = value.dropFirst() }
        switch text[..<colon] {
        case "event": event.name = String(value)
        case "data":
            event.data += (hasData ? "\n" : "") + value
            hasData = true
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> Event? {
        defer {
            event = Event()
            hasData = false
        }
        return hasData ? event : nil
    }
}
