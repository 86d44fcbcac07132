/// Parses a stream of server-sent events (WHATWG HTML, section 9.2), however it was cut into pieces. Accepts two common
/// deviations from the standard: an end without a blank line, and a field `error`.
struct ServerSentEvents {
    struct Event: Sendable, Hashable {
        var name = ""
        var data = ""
    }

    /// A line, or a whole body, is longer than any answer can be.
    struct TooLong: Error {}

    static let maximumLine = 8 << 20
    /// The byte order mark of UTF-8.
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var line: [UInt8] = []
    private var event = Event()
    private var hasData = false
    private var endedWithReturn = false
    private var isFirstLine = true

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

    /// What is left when the stream has ended: an event without a blank line after it.
    mutating func finish() -> Event? {
        if !line.isEmpty { _ = endLine() }
        return endEvent()
    }

    private mutating func endLine() -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine, line.starts(with: Self.mark) { line.removeFirst(Self.mark.count) }
        isFirstLine = false
        if line.isEmpty { return endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": event.name = text
        case "data": add(data: text)
        case "error":
            event.name = "error"
            add(data: text)
        default: break
        }
        return nil
    }

    private mutating func add(data: String) {
        event.data += (hasData ? "\n" : "") + data
        hasData = true
    }

    private mutating func endEvent() -> Event? {
        defer {
            event = Event()
            hasData = false
        }
        return hasData ? event : nil
    }
}
