package import SessionModel

/// Events of one session that follow on each other, stored as one row: what a turn writes is one row of some kilobytes
/// at the end of the table, and not half a dozen small ones between those of other sessions.
package struct EventSegment: Sendable {
    /// Events of a segment, and bytes after which it ends, so that reading a few never means reading many.
    package static let (longest, largest) = (64, 1 << 20)

    package let first: Int
    package let last: Int
    /// When the last of them happened.
    package let at: Int64
    /// Whether something on a schedule is among them.
    package let hasTicks: Bool
    package let packed: PackedJSON
    /// What can be found of them by its words.
    package let words: String

    /// - Parameter texts: the events as JSON text.
    private init(_ events: ArraySlice<SessionEvent>, _ texts: ArraySlice<String>, _ shown: ShownTexts) {
        first = events.first?.seq ?? 0
        last = events.last?.seq ?? 0
        at = events.last?.at ?? 0
        hasTicks = events.contains(where: \.body.isOfTick)
        words = events.flatMap(shown.ofEvent).indexText
        let isLarge = texts.contains { $0.utf8.count > PackedJSON.threshold }
        packed = PackedJSON(isLarge ? .array(events.map(\.json)) : nil, text: Self.array(of: texts))
    }

    /// The text of a JSON array.
    private static func array(of texts: ArraySlice<String>) -> String {
        var text = "["
        text.reserveCapacity(texts.reduce(2) { $0 + $1.utf8.count + 1 })
        for (index, item) in texts.enumerated() {
            if index > 0 { text += "," }
            text += item
        }
        return text + "]"
    }

    /// The events in as many segments as they need.
    ///
    /// - Parameters:
    ///   - texts: the events as JSON text, if they are known.
    ///   - shown: what can be found of them.
    package static func all(of events: [SessionEvent], texts: [String] = [], _ shown: ShownTexts) -> [EventSegment] {
        let texts = texts.count == events.count ? texts : events.map(\.text)
        var segments: [EventSegment] = []
        var (start, size) = (0, 0)
        for index in events.indices {
            size += texts[index].utf8.count
            guard index + 1 == events.count || index + 1 - start == longest || size >= largest else { continue }
            segments.append(EventSegment(events[start...index], texts[start...index], shown))
            (start, size) = (index + 1, 0)
        }
        return segments
    }
}
