internal import DequeModule
internal import Foundation
internal import SessionModel

/// What is remembered of a session's journal, and what of it was asked for.
struct KnownEvents: Sendable {
    /// Events that are kept for times, causes and turns.
    static let remembered = 20_000
    /// Events that are kept beside those, since something on the screen was about them.
    static let mostSought = 4000

    /// The last events, without a gap.
    var events: Deque<SessionEvent> = []
    /// What ``older`` and ``events`` tell of messages, tools and turns.
    var index = ContextIndex()
    /// Events of messages and turns before ``events``, without those in between, oldest first.
    private(set) var older: [SessionEvent] = []
    /// The first `seq` from which message and turn events are known; `nil` if it is the first of ``events``.
    private var olderReach: Int?
    /// How many events have been forgotten since ``index`` was made.
    private var forgotten = 0
    /// Events further back that were asked for.
    private var sought: [Int: SessionEvent] = [:]
    /// The numbers of requested events, whether the runtime had them or not.
    private var asked = IndexSet()
    /// The numbers of events that the runtime has answered for.
    private var answered = IndexSet()
    /// What of the screen the needed events were last looked up for.
    var neededView: NeededView?
    /// Pages of history, one after another, that did not reach what is known.
    var missedPages = 0

    func event(_ seq: Int) -> SessionEvent? {
        guard let first = events.first, seq >= first.seq, seq - first.seq < events.count else {
            return sought[seq] ?? older.first { $0.seq == seq }
        }
        return events[seq - first.seq]
    }

    /// The event from which on messages and turns are known; `nil` when none are.
    var turnsReach: Int? { olderReach ?? events.first?.seq }

    /// The events that tell of turns, oldest first.
    var turnEvents: [SessionEvent] { older + events }

    // MARK: Taking in

    /// Takes the event that follows on the last one; after a gap, what is known begins with it.
    mutating func remember(_ event: SessionEvent) {
        if let last = events.last, event.seq == 0 || event.seq - 1 != last.seq { forget() }
        events.append(event)
        index.add(event)
        guard events.count > Self.remembered else { return }
        events.removeFirst()
        forgotten += 1
        guard forgotten > Self.remembered else { return }
        index = ContextIndex(older + events)
        forgotten = 0
    }

    /// Takes events of messages and turns from before what is known; says which were new.
    mutating func remember(turns page: [SessionEvent], before reach: Int, hasMore: Bool) -> [SessionEvent] {
        let page = page.filter { $0.seq < reach }.sorted { $0.seq < $1.seq }
        older.insert(contentsOf: page, at: 0)
        index.add(older: ContextIndex(page))
        olderReach = hasMore ? page.first?.seq ?? 1 : 1
        return page
    }

    /// Puts older events in front of those that are known; says which were joined to them.
    mutating func remember(older page: [SessionEvent], before reach: Int) -> [SessionEvent] {
        let older = Self.unbroken(page.filter { $0.seq < reach }, around: reach - 1)
        guard !older.isEmpty else { return [] }
        let kept = older.suffix(max(0, Self.remembered - events.count))
        events.prepend(contentsOf: kept)
        index.add(older: ContextIndex(kept))
        return older
    }

    mutating func forget() {
        events = []
        older = []
        olderReach = nil
        index = ContextIndex()
        forgotten = 0
        forgetSought()
    }

    /// What was known when the session was as after an event of the past.
    func cut(to events: Deque<SessionEvent>, at seq: Int) -> KnownEvents {
        var cut = self
        cut.events = events
        cut.index = ContextIndex(older.prefix { $0.seq <= seq } + events)
        return cut
    }

    /// The consecutive events around `seq`; empty if it is missing. A runtime should not leave gaps.
    static func unbroken(_ events: [SessionEvent], around seq: Int) -> [SessionEvent] {
        guard let place = events.firstIndex(where: { $0.seq == seq }) else { return [] }
        var (low, high) = (place, place)
        while low > 0, events[low].seq > 0, events[low - 1].seq == events[low].seq - 1 { low -= 1 }
        while high + 1 < events.count, events[high].seq < Int.max, events[high + 1].seq == events[high].seq + 1 {
            high += 1
        }
        return Array(events[low...high])
    }

    // MARK: Asking

    /// Notes that the runtime is asked for events.
    mutating func ask(for range: ClosedRange<Int>) { asked.insert(integersIn: range) }

    func isAsked(_ seq: Int) -> Bool { asked.contains(seq) }

    /// Whether the runtime has answered a request for an event. An event that is unknown then no longer exists.
    func isAnswered(_ seq: Int) -> Bool { answered.contains(seq) }

    /// How many events the runtime has answered for.
    var answeredCount: Int { answered.count }

    /// Takes the events that the runtime has of a range that it was asked for.
    mutating func found(_ events: [SessionEvent], in range: ClosedRange<Int>) {
        if sought.count + events.count > Self.mostSought { forgetSought() }
        asked.insert(integersIn: range)
        answered.insert(integersIn: range)
        for event in events { sought[event.seq] = event }
    }

    /// Allows asking again for what has no answer, because the link that would have brought it was lost.
    mutating func forgetUnanswered() {
        asked = answered
        neededView = nil
    }

    private mutating func forgetSought() {
        sought = [:]
        asked = IndexSet()
        answered = IndexSet()
        neededView = nil
    }
}
