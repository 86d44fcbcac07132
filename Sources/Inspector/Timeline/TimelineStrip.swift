internal import DequeModule
internal import SessionModel
internal import Terminal

/// The session's journal as a strip: how dense it was, the last events, and which moment is shown.
struct TimelineStrip {
    /// An event's place in the strip.
    struct Mark {
        let seq: Int
        let text: StyledLine
        var x = 0
        var width: Int { text.width }
    }

    private(set) var marks: [Mark] = []
    let density: SafeText
    let end: StyledLine

    private static let title: SafeText = " Timeline "
    private static let buckets = 8

    init(_ detail: SessionDetail, width: Int, model: InspectorModel) {
        let events = detail.surroundings
        density = width >= 70 ? SafeText(Self.density(of: events)) : .empty
        if let past = detail.past {
            let mark: SafeText = past.isKnown ? "◷" : model.spinner
            end = StyledLine(" " + mark + " as of #\(past.seq) of \(detail.fold.seq) ", Style(.past))
        } else {
            end = model.link.isUp ? StyledLine(" ● live ", Style(.good)) : StyledLine(" ○ offline ", Style(.faint))
        }
        let start = Self.title.width + density.width + 1
        marks = Self.marks(around: detail.moment, events, available: width - start - end.width - 1)
        var x = start
        for index in marks.indices {
            marks[index].x = x
            x += marks[index].width + 2
        }
    }

    /// Those that fit: of the present the last ones, of the past those on both sides of the moment.
    private static func marks(around seq: Int, _ events: Deque<SessionEvent>, available: Int) -> [Mark] {
        guard let first = events.first, let last = events.last, (first.seq...last.seq).contains(seq) else { return [] }
        var (low, high) = (seq - first.seq, seq - first.seq)
        var marks = [mark(events[low], isShown: true)]
        var used = marks[0].width
        var (canGrowLeft, canGrowRight) = (true, true)
        while canGrowLeft || canGrowRight {
            if canGrowLeft {
                canGrowLeft = low > 0
                if canGrowLeft {
                    let next = mark(events[low - 1], isShown: false)
                    canGrowLeft = used + next.width + 2 <= available
                    if canGrowLeft {
                        marks.insert(next, at: 0)
                        used += next.width + 2
                        low -= 1
                    }
                }
            }
            if canGrowRight {
                canGrowRight = high + 1 < events.count
                if canGrowRight {
                    let next = mark(events[high + 1], isShown: false)
                    canGrowRight = used + next.width + 2 <= available
                    if canGrowRight {
                        marks.append(next)
                        used += next.width + 2
                        high += 1
                    }
                }
            }
        }
        return used <= available ? marks : []
    }

    private static func mark(_ event: SessionEvent, isShown: Bool) -> Mark {
        var text = StyledLine(event.sign, Style(event.role))
        text.add("\(event.seq)", isShown ? Style(.strong) : Style(.faint))
        if !event.word.isEmpty { text.add(" " + event.word, isShown ? Style(.strong) : Style(.faint)) }
        return Mark(seq: event.seq, text: text)
    }

    /// Events over time, as a row of bars.
    private static func density(of events: Deque<SessionEvent>) -> String {
        guard let first = events.first?.at, let last = events.last?.at, last > first else {
            return String(repeating: "▁", count: buckets)
        }
        let ends = (1...buckets).map { bucket in
            let time = first + (last - first) * Int64(bucket) / Int64(buckets)
            return bucket == buckets ? events.count : events.partitioningIndex { $0.at >= time }
        }
        let counts = zip(ends, [0] + ends).map { $0 - $1 }
        let most = max(1, counts.max() ?? 1)
        let bars = Array("▁▂▃▄▅▆▇█")
        return String(counts.map { bars[($0 * (bars.count - 1) + most - 1) / most] })
    }

    func draw(_ rect: Rect, isPast: Bool, _ shown: Int, _ surface: inout Surface) {
        surface.draw(Self.title, x: rect.x, y: rect.y, Style(.faint))
        surface.draw(density, x: rect.x + Self.title.width, y: rect.y, Style(.accent))
        for mark in marks {
            let background: ColorRole? = isPast && mark.seq == shown ? .selection : nil
            surface.draw(mark.text, x: rect.x + mark.x, y: rect.y, on: background, maxX: rect.maxX - end.width)
        }
        surface.draw(end, x: rect.maxX - end.width, y: rect.y, maxX: rect.maxX)
    }

    /// The event at a column.
    func seq(atColumn x: Int) -> Int? { marks.first { ($0.x..<($0.x + $0.width)).contains(x) }?.seq }
}

extension Deque {
    /// The first place whose element fits, where those that do not fit come first.
    fileprivate func partitioningIndex(where fits: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if fits(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
