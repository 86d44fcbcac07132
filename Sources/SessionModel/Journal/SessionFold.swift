/// Context and state as a fold of the journal: the same events give the same fold, on either side of the wire.
package struct SessionFold: Sendable, Hashable {
    package var messages: [Message] = []
    package var state: JSON = .object([:])
    /// For each field of the state, the `seq` that last changed it.
    package var blame: [ExactString: Int] = [:]
    /// The last event that was applied; 0 before the first.
    package var seq = 0

    package init() {}

    package init(_ events: some Sequence<SessionEvent>) { apply(Array(events)) }

    package mutating func apply(_ event: SessionEvent) { apply(event.body, at: event.seq) }

    /// Applies the event of that number.
    package mutating func apply(_ body: SessionEvent.Body, at seq: Int) {
        self.seq = seq
        switch body {
        case .messageAdded(let message): messages.append(message)
        // Mostly it is one of the last.
        case .messageRemoved(let id):
            if let index = messages.lastIndex(where: { $0.id.isExactly(id) }) { messages.remove(at: index) }
        case .messageChanged(let message):
            if let index = messages.lastIndex(where: { $0.id.isExactly(message.id) }) { messages[index] = message }
        case .stateChanged(let patch): change(by: patch, at: seq)
        case .sessionForked(.from(_, _, _, let picture)), .sessionRestored(_, _, let picture):
            messages = picture.messages
            change(by: JSONPatch(from: state, to: picture.state), at: seq)
        default: break
        }
    }

    /// The same as applying each event, in time linear in the events and messages, however many messages they
    /// remove.
    package mutating func apply(_ events: [SessionEvent]) {
        guard events.count(where: \.body.changesMessages) > 8 else {
            for event in events { apply(event) }
            return
        }
        var growing = GrowingFold(self)
        growing.apply(events)
        self = growing.fold
    }

    /// Context and state.
    package var picture: SessionPicture { SessionPicture(messages: messages, state: state) }

    private mutating func change(by patch: JSONPatch, at seq: Int) {
        do { try state.apply(patch) } catch { return }
        for step in patch.steps {
            if let field = step.path.pieces.first { blame[ExactString(field)] = seq }
        }
        guard let fields = state.object, blame.count > fields.count || patch.steps.contains(where: \.takesAway) else {
            return
        }
        blame = blame.filter { fields[$0.key.wrappedValue] != nil }
    }
}

extension SessionEvent.Body {
    /// Whether it removes a message from the context, or changes one in it.
    fileprivate var changesMessages: Bool {
        switch self {
        case .messageRemoved, .messageChanged: true
        default: false
        }
    }
}

extension JSONPatch.Step {
    /// Whether a field may be gone after it.
    fileprivate var takesAway: Bool {
        switch self {
        case .add(let path, _), .replace(let path, _): path.pieces.isEmpty
        case .remove, .move, .copy: true
        case .test: false
        }
    }
}

/// A fold to which many batches of events are applied: finding a message costs the same however many there are.
package struct GrowingFold: Sendable {
    /// Without its messages.
    private var rest: SessionFold
    private var context: IndexedMessages

    package init(_ fold: SessionFold = SessionFold()) {
        context = IndexedMessages(fold.messages)
        rest = fold
        rest.messages = []
    }

    package var seq: Int { rest.seq }
    package var state: JSON { rest.state }
    package var messageCount: Int { context.count }

    /// All of it, in time linear in its messages.
    package var fold: SessionFold {
        var fold = rest
        fold.messages = context.messages
        return fold
    }

    package mutating func apply(_ events: [SessionEvent]) {
        for event in events {
            switch event.body {
            case .messageAdded(let message): context.append(message)
            case .messageRemoved(let id): context.remove(id)
            case .messageChanged(let message): context.change(message)
            case .sessionForked(.from(_, _, _, let picture)), .sessionRestored(_, _, let picture):
                rest.apply(event)
                rest.messages = []
                context = IndexedMessages(picture.messages)
            default: rest.apply(event)
            }
            rest.seq = event.seq
        }
    }
}

/// Messages that are found by their id; if several have the same id, the last one counts.
private struct IndexedMessages: Sendable {
    private var all: [Message?]
    private var places: [ExactString: [Int]] = [:]
    private(set) var count: Int

    init(_ messages: [Message]) {
        all = messages
        count = messages.count
        for (index, message) in messages.enumerated() { places[ExactString(message.id), default: []].append(index) }
    }

    var messages: [Message] { all.compactMap(\.self) }

    mutating func append(_ message: Message) {
        places[ExactString(message.id), default: []].append(all.count)
        all.append(message)
        count += 1
    }

    mutating func remove(_ id: String) {
        guard let index = places[ExactString(id)]?.popLast() else { return }
        all[index] = nil
        count -= 1
    }

    mutating func change(_ message: Message) {
        if let index = places[ExactString(message.id)]?.last { all[index] = message }
    }
}
