/// Context and state as a fold of the journal: the same events give the same fold, on either side of the wire.
package struct SessionFold: Sendable, Hashable {
    package var messages: [Message] = []
    package var state: JSON = .object([:])
    /// For each field of the state, the `seq` that last changed it.
    package var blame: [String: Int] = [:]
    /// The last event that went in; 0 before the first.
    package var seq = 0

    package init() {}

    package init(_ events: some Sequence<SessionEvent>) {
        for event in events { apply(event) }
    }

    package mutating func apply(_ event: SessionEvent) {
        seq = event.seq
        switch event.body {
        case .messageAdded(let message): messages.append(message)
        case .messageRemoved(let id): messages.removeAll { $0.id == id }
        case .messageChanged(let message):
            if let index = messages.lastIndex(where: { $0.id == message.id }) { messages[index] = message }
        case .stateChanged(let patch): change(by: patch, at: event.seq)
        case .sessionForked(.from(_, _, let picture)), .sessionRestored(_, _, let picture):
            messages = picture.messages
            change(by: JSONPatch(from: state, to: picture.state), at: event.seq)
        default: break
        }
    }

    /// Context and state.
    package var picture: SessionPicture { SessionPicture(messages: messages, state: state) }

    private mutating func change(by patch: JSONPatch, at seq: Int) {
        guard let changed = try? state.applying(patch) else { return }
        state = changed
        for step in patch.steps {
            if let field = step.path.pieces.first { blame[field] = seq }
        }
        if let fields = state.object { blame = blame.filter { fields[$0.key] != nil } }
    }
}
