internal import NIOCore

/// Server-sent events of another process, put together from the pieces in which they come: what is passed on ends with a whole
/// event, so that one more can follow where they break off.
struct ForwardedEvents {
    /// A longer event is passed on in pieces.
    private static let longest = 1 << 20

    private var waiting = ByteBuffer()
    /// Bytes of ``waiting`` in which no event ends.
    private var looked = 0
    /// Whether the last event has come.
    private(set) var areDone = false

    /// - Returns: the events that have come whole by now.
    mutating func add(_ piece: ByteBuffer) -> ByteBuffer? {
        waiting.writeImmutableBuffer(piece)
        let bytes = waiting.readableBytesView
        // An empty line ends an event.
        let end = bytes.indices.dropFirst(max(1, looked)).last { bytes[$0] == 10 && bytes[$0 - 1] == 10 }
        guard let end = end.map({ $0 + 1 - bytes.startIndex }) ?? (bytes.count > Self.longest ? bytes.count : nil)
        else {
            looked = bytes.count
            return nil
        }
        looked = 0
        let events = waiting.readSlice(length: end)
        waiting.discardReadBytes()
        areDone = events.map { Self.isLast(of: $0, "event: done\n") } ?? false
        return events
    }

    /// What is left of an event that did not end.
    var rest: ByteBuffer? { waiting.readableBytes > 0 ? waiting : nil }

    /// Whether the last of some events begins with a text.
    private static func isLast(of events: ByteBuffer, _ name: String) -> Bool {
        let bytes = events.readableBytesView.dropLast(2)
        let begin = bytes.indices.dropFirst().last { bytes[$0] == 10 && bytes[$0 - 1] == 10 }.map { $0 + 1 }
        return bytes[(begin ?? bytes.startIndex)...].starts(with: name.utf8)
    }
}
