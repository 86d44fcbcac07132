internal import Inspection
internal import SessionModel

/// The session that is looked into.
struct SessionDetail: Sendable {
    /// Messages that are kept; of more, the oldest quarter goes.
    static let rememberedMessages = 4000

    let key: SessionKey
    var attachment = Attachment()
    var summary: SessionSummary?
    var fold = SessionFold()
    var known = KnownEvents()
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

    var isLoaded: Bool { attachment.isLoaded }
    var problem: String? { attachment.problem }
    var gone: String? { attachment.gone }

    /// The event of that number, while it is remembered.
    func event(_ seq: Int) -> SessionEvent? { known.event(seq) ?? past?.around.first { $0.seq == seq } }

    /// Whether an event is not known and was not asked for.
    func isUnasked(_ seq: Int) -> Bool { event(seq) == nil && !known.isAsked(seq) }
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
        attachment.isLoaded = true
        attachment.problem = nil
        attachment.gone = nil
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
        known.remember(event)
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

    /// The event from which on messages and turns are known.
    var turnsReach: Int { known.turnsReach ?? fold.seq + 1 }

    /// Takes events of messages and turns from before what is known.
    ///
    /// - Parameter hasMore: whether there are others before them.
    mutating func remember(turns page: [SessionEvent], hasMore: Bool) {
        note(windowsOf: known.remember(turns: page, before: turnsReach, hasMore: hasMore))
    }

    /// Puts older events in front of those that are known.
    mutating func remember(older page: [SessionEvent]) {
        note(windowsOf: known.remember(older: page, before: known.events.first?.seq ?? fold.seq + 1))
    }

    /// Takes from older events what the model saw last, where that is not known.
    private mutating func note(windowsOf events: [SessionEvent]) {
        for event in events.reversed() {
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
        case .inspectorActed(let by, _): "inspector \(by)"
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

/// How the session is open on the connection.
struct Attachment: Sendable, Hashable {
    /// What the runtime calls it; `nil` until it has answered, and while the link is down.
    var name: String?
    var isLoaded = false
    /// The event to go to as soon as it is open.
    var wanted: Int?
    /// Why it could not be opened.
    var problem: String?
    /// Why the runtime no longer has it. The pane still shows the last known data.
    var gone: String?
}
