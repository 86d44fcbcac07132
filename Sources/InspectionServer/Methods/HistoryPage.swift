internal import DequeModule
internal import MagmaRuntime
internal import SessionModel

/// A page of a journal, oldest first: the first or last events of a range, limited by their number and by the size of
/// an answer.
struct HistoryPage {
    private let key: SessionKey
    private let limit: Int
    private let kinds: Set<ExactString>?
    private let bounds: AnswerBounds
    private var found: Deque<JSON> = []
    private var bytes = 0
    private(set) var more = false

    /// Events of a part that is read at once, at most.
    private static let largestPart = 512

    init(key: SessionKey, limit: Int, kinds: Set<ExactString>?, bounds: AnswerBounds) {
        self.key = key
        self.limit = limit
        self.kinds = kinds
        self.bounds = bounds
    }

    var events: [JSON] { Array(found) }

    /// Of all kinds one more than is asked for tells whether there are more.
    private var part: Int { kinds == nil ? min(Self.largestPart, limit - found.count + 1) : Self.largestPart }

    /// With `after` the first events after it, otherwise the last ones, before `before` if it is given.
    mutating func read(_ runtime: Runtime, after: Int?, before: Int?) async throws {
        if let after {
            try await readForwards(runtime, after: after, before: before ?? .max)
        } else {
            try await readBackwards(runtime, before: before ?? .max)
        }
    }

    private mutating func readForwards(_ runtime: Runtime, after: Int, before: Int) async throws {
        var cursor = after
        while !more {
            let part = try await runtime.events(of: key, after: cursor, limit: part)
            guard let last = part.last else { return }
            for event in part where event.seq < before {
                guard let json = json(event) else { continue }
                guard !more else { return }
                found.append(json)
            }
            if last.seq >= before { return }
            cursor = last.seq
        }
    }

    private mutating func readBackwards(_ runtime: Runtime, before: Int) async throws {
        var cursor = before
        while !more {
            let part = try await runtime.events(of: key, before: cursor, limit: part)
            guard let first = part.first else { return }
            for event in part.reversed() {
                guard let json = json(event) else { continue }
                guard !more else { return }
                found.prepend(json)
            }
            cursor = first.seq
        }
    }

    /// An event of a kind that was asked for; notes that there is more when it no longer fits.
    private mutating func json(_ event: SessionEvent) -> JSON? {
        guard kinds?.contains(ExactString(event.body.kind)) ?? true else { return nil }
        guard found.count < limit else {
            more = true
            return .null
        }
        let json = bounds.bounded(event.json, .event(key, seq: event.seq))
        bytes += json.textSize
        if bytes > AnswerBounds.page, !found.isEmpty { more = true }
        return json
    }
}
