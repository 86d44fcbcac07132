internal import SessionModel

/// What the journal knows of messages, tools and turns, by their ids.
struct ContextIndex: Sendable {
    struct Entry: Sendable {
        let seq: Int
        let at: Int64
        let turn: String?
    }

    /// A turn that came to an end.
    struct Ending: Sendable {
        let seq: Int
        let result: TurnResult
    }

    private(set) var messages: [String: Entry] = [:]
    private(set) var toolDurations: [String: Double] = [:]
    private(set) var endings: [String: Ending] = [:]
    /// Added, changed and removed fields of the state.
    private(set) var changes: [String: (added: Int, changed: Int, removed: Int)] = [:]
    /// The last message of each turn.
    private(set) var lastMessages: [String: String] = [:]

    init() {}

    init(_ events: some Sequence<SessionEvent>) {
        for event in events { add(event) }
    }

    mutating func add(_ event: SessionEvent) {
        switch event.body {
        case .messageAdded(let message):
            messages[message.id] = Entry(seq: event.seq, at: event.at, turn: event.turn)
            if let turn = event.turn { lastMessages[turn] = message.id }
        case .toolFinished(let result, let duration): toolDurations[result.id] = duration
        case .turnFinished(let result):
            if let turn = event.turn { endings[turn] = Ending(seq: event.seq, result: result) }
        case .stateChanged(let patch):
            guard let turn = event.turn else { return }
            for step in patch.steps { count(step, in: turn) }
        default: break
        }
    }

    /// Merges an index of older events. Known entries are newer and win.
    mutating func add(older: ContextIndex) {
        messages.merge(older.messages) { known, _ in known }
        toolDurations.merge(older.toolDurations) { known, _ in known }
        endings.merge(older.endings) { known, _ in known }
        lastMessages.merge(older.lastMessages) { known, _ in known }
        changes.merge(older.changes) { ($0.added + $1.added, $0.changed + $1.changed, $0.removed + $1.removed) }
    }

    private mutating func count(_ step: JSONPatch.Step, in turn: String) {
        switch step {
        case .add, .copy: changes[turn, default: (0, 0, 0)].added += 1
        case .remove: changes[turn, default: (0, 0, 0)].removed += 1
        default: changes[turn, default: (0, 0, 0)].changed += 1
        }
    }
}
