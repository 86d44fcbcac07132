internal import DequeModule
internal import Foundation
internal import Inspection
internal import SessionModel

/// The session that is looked into.
struct SessionDetail: Sendable {
    /// Events that are kept for times, causes and turns.
    static let rememberedEvents = 20_000
    /// Events that are kept beside those, since something on the screen was about them.
    static let soughtEvents = 4000
    /// Messages that are kept; of more, the oldest quarter goes.
    static let rememberedMessages = 4000

    let key: SessionKey
    /// `nil` until the runtime has answered, and while the link is down.
    var attachment: String?
    var summary: SessionSummary?
    var fold = SessionFold()
    var isLoaded = false
    /// Why it could not be opened.
    var problem: String?
    /// Why the runtime no longer has it. The pane still shows the last known data.
    var gone: String?
    var events: Deque<SessionEvent> = []
    /// What ``older`` and ``events`` tell of messages, tools and turns.
    var index = ContextIndex()
    /// Events of messages and turns before ``events``, without those in between, oldest first.
    private(set) var older: [SessionEvent] = []
    /// The first `seq` from which message and turn events are known; `nil` if it is the first of ``events``.
    private(set) var olderReach: Int?
    /// How many events have been forgotten since ``index`` was made.
    private var forgotten = 0
    /// What of the screen the needed events were last looked up for.
    var neededView: NeededView?
    /// Pages of history, one after another, that did not reach what is known.
    var missedPages = 0
    /// Events further back that were asked for.
    private(set) var sought: [Int: SessionEvent] = [:]
    /// The numbers of requested events, whether the runtime had them or not.
    private var asked = IndexSet()
    /// The numbers of events that the runtime has answered for.
    private var answered = IndexSet()
    /// The first message that the model saw last.
    var windowStart: String?
    var liveText: LiveText?
    var doing: String?
    /// The moment that is shown in place of the present.
    var past: Past?

    var tab: TabID
    var tabs: TabStates
    /// Messages of which the runtime has sent only a part, as it has sent them.
    var cutMessages: [String: JSON] = [:]

    init(key: SessionKey, tabs: [any DetailTab.Type] = DetailTabs.all, tab: TabID = .context) {
        self.key = key
        self.tabs = TabStates(tabs)
        self.tab = tab
    }

    /// The event of that number, while it is remembered.
    func event(_ seq: Int) -> SessionEvent? {
        guard let first = events.first, seq >= first.seq, seq - first.seq < events.count else {
            return sought[seq] ?? past?.around.first { $0.seq == seq } ?? older.first { $0.seq == seq }
        }
        return events[seq - first.seq]
    }

    /// Notes that the runtime is asked for events.
    mutating func ask(for range: ClosedRange<Int>) { asked.insert(integersIn: range) }

    /// Whether the runtime has answered a request for an event. An event that is unknown then no longer exists.
    func isAnswered(_ seq: Int) -> Bool { answered.contains(seq) }

    /// Takes the events that the runtime has of a range that it was asked for.
    mutating func found(_ events: [SessionEvent], in range: ClosedRange<Int>) {
        if sought.count + events.count > Self.soughtEvents { forgetSought() }
        asked.insert(integersIn: range)
        answered.insert(integersIn: range)
        for event in events { sought[event.seq] = event }
    }

    /// How many events the runtime has answered for.
    var answeredCount: Int { answered.count }

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

    /// Whether an event is not known and was not asked for.
    func isUnasked(_ seq: Int) -> Bool { event(seq) == nil && !asked.contains(seq) }
}

// MARK: Taking in what the runtime says

extension SessionDetail {
    mutating func show(_ head: SessionHead) {
        summary = head.summary
        fold = SessionFold()
        fold.messages = head.messages
        fold.state = head.state
        fold.blame = head.blame
        fold.seq = head.seq
        windowStart = head.messages.indices.contains(head.window) ? head.messages[head.window].id : nil
        tabs.forEach { $0.show(head) }
        doing = head.summary.doing
        liveText = nil
        isLoaded = true
        problem = nil
        gone = nil
    }

    /// Applies an event that follows on what is known; others were known already.
    mutating func apply(_ event: SessionEvent) {
        guard event.seq > fold.seq else { return }
        fold.apply(event)
        if fold.messages.count > Self.rememberedMessages {
            for message in fold.messages.prefix(Self.rememberedMessages / 4) {
                cutMessages.removeValue(forKey: message.id)
            }
            fold.messages.removeFirst(Self.rememberedMessages / 4)
        }
        remember(event)
        summary?.seq = event.seq
        summary?.messages = fold.messages.count
        switch event.body {
        case .completionStarted(_, _, let window): windowStart = window.first ?? windowStart
        case .turnFinished, .messageAdded:
            if liveText?.turn == event.turn { liveText = nil }
        case .sessionEnded: summary?.status = .ended
        default: break
        }
        let key = key
        tabs.forEach { $0.apply(event, of: key) }
    }

    private mutating func remember(_ event: SessionEvent) {
        if let last = events.last, event.seq == 0 || event.seq - 1 != last.seq { forgetEvents() }
        events.append(event)
        index.add(event)
        guard events.count > Self.rememberedEvents else { return }
        events.removeFirst()
        forgotten += 1
        guard forgotten > Self.rememberedEvents else { return }
        index = ContextIndex(older + events)
        forgotten = 0
    }

    mutating func forgetEvents() {
        events = []
        older = []
        olderReach = nil
        index = ContextIndex()
        forgotten = 0
        forgetSought()
    }

    /// The event from which on messages and turns are known.
    var turnsReach: Int { olderReach ?? events.first?.seq ?? fold.seq + 1 }

    /// The events that tell of turns, oldest first.
    var turnEvents: [SessionEvent] { older + events }

    /// Takes events of messages and turns from before what is known.
    ///
    /// - Parameter hasMore: whether there are others before them.
    mutating func remember(turns page: [SessionEvent], hasMore: Bool) {
        let before = turnsReach
        let page = page.filter { $0.seq < before }.sorted { $0.seq < $1.seq }
        older.insert(contentsOf: page, at: 0)
        index.add(older: ContextIndex(page))
        olderReach = hasMore ? page.first?.seq ?? 1 : 1
        for event in page.reversed() {
            if case .completionStarted(_, _, let window) = event.body, windowStart == nil { windowStart = window.first }
        }
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

    /// Puts older events in front of those that are known.
    mutating func remember(older page: [SessionEvent]) {
        let before = events.first?.seq ?? fold.seq + 1
        let older = Self.unbroken(page.filter { $0.seq < before }, around: before - 1)
        guard !older.isEmpty else { return }
        let kept = older.suffix(max(0, Self.rememberedEvents - events.count))
        events.prepend(contentsOf: kept)
        index.add(older: ContextIndex(kept))
        for event in older.reversed() {
            if case .completionStarted(_, _, let window) = event.body, windowStart == nil { windowStart = window.first }
        }
    }
}

// MARK: Reading

extension SessionDetail {
    /// What changed a field last: the step that did it, in words.
    func blame(of field: String) -> String? {
        guard let seq = fold.blame[ExactString(field)] else { return nil }
        guard let change = event(seq) else { return "#\(seq)" }
        return "\(cause(of: change)) #\(seq)"
    }

    /// The event that brought another about, in words.
    private func cause(of event: SessionEvent) -> String {
        guard let cause = event.cause.flatMap({ self.event($0) }) else { return "setup" }
        return switch cause.body {
        case .toolStarted(let call): "tool \(call.name)"
        case .hookReceived(_, let hook): "hook \(hook)"
        case .tickStarted(let job, _): "tick \(job)"
        case .middlewareStarted(_, let name, _): "middleware \(name)"
        case .turnStarted: "turn"
        case .sessionCreated: "setup"
        case .messageAdded: "message"
        case .inspectorActed(let by, _): "by hand (\(by))"
        default: cause.body.kind
        }
    }

    /// The trouble of the session, where it is shown as it is now.
    var troubleShown: SessionSummary.Trouble? {
        past == nil && gone == nil && summary?.status != .ended ? summary?.trouble : nil
    }

    /// The change of the state that came last.
    var lastChange: Int? { fold.blame.values.max() }
}

/// What the model has streamed so far of its next message.
struct LiveText: Sendable, Hashable {
    let turn: String
    let text: String
}
