internal import SessionModel

/// What a session's journal says of one thing that came to it from outside, from its first event to its last.
struct RecordedStep: Sendable {
    enum Input: Sendable {
        case turn(id: String)
        case hook(name: String, exchange: String)
        case tick(job: String)
        case change(method: String)
    }

    /// A call of a tool, with what it returned and what it changed.
    struct Call: Sendable {
        let seq: Int
        let call: ToolCall
        var result: ToolResult?
        var changes: [JSONPatch] = []
    }

    let seq: Int
    let input: Input
    /// Of the user, for a turn.
    var messages: [Message] = []
    var calls: [Call] = []
    /// What a webhook's handler changed.
    var changes: [JSONPatch] = []
    var outcome = RerunOutcome(status: "running")
    /// The state of the session after it.
    var state = JSON.object([:])
    var isOver = false

    private var reply: Message?
    private var hasStarted = false

    init(seq: Int, input: Input) {
        self.seq = seq
        self.input = input
    }

    /// Whether an event of the same session belongs to this.
    func owns(_ event: SessionEvent) -> Bool {
        switch input {
        case .turn(let id): event.turn.isExactly(id)
        case .hook, .tick: event.cause == seq
        case .change: false
        }
    }

    /// Takes an event that belongs to this.
    mutating func take(_ event: SessionEvent) {
        if case .turn = input { takeOfTurn(event) } else { takeEffect(event) }
    }

    private mutating func takeOfTurn(_ event: SessionEvent) {
        switch event.body {
        case .messageAdded(let message) where !hasStarted: messages.append(message)
        case .messageAdded(let message) where message.role == .assistant: reply = message
        case .messageChanged(let message) where message.id.isExactly(reply?.id): reply = message
        case .messageRemoved(let id) where id.isExactly(reply?.id): reply = nil
        case .turnStarted: hasStarted = true
        case .toolStarted(let call): calls.append(Call(seq: event.seq, call: call))
        case .toolFinished(let result, _): atCall(of: event) { $0.result = result }
        case .stateChanged(let patch): atCall(of: event) { $0.changes.append(patch) }
        case .turnFinished(let result):
            finish(result.status.rawValue, event, duration: result.duration, result.error)
            outcome.reply = reply.map(\.text)
            outcome.tools = calls.map(\.call)
            (outcome.stopReason, outcome.usage) = (result.stopReason, result.usage)
        default: break
        }
    }

    private mutating func atCall(of event: SessionEvent, _ change: (inout Call) -> Void) {
        guard let index = calls.lastIndex(where: { $0.seq == event.cause }) else { return }
        change(&calls[index])
    }

    private mutating func takeEffect(_ event: SessionEvent) {
        switch event.body {
        case .stateChanged(let patch): changes.append(patch)
        case .hookAnswered(_, _, let status, let duration, let error):
            finish(String(status), event, duration: duration, error)
        case .tickFinished(_, _, let status, let duration, let error):
            finish(status.rawValue, event, duration: duration, error)
        default: break
        }
    }

    private mutating func finish(_ status: String, _ event: SessionEvent, duration: Double, _ error: String?) {
        isOver = true
        outcome.status = status
        outcome.duration = duration
        outcome.error = error
        outcome.seq = event.seq
    }
}

extension RecordedStep {
    /// The step that begins with an event; `nil` when none does.
    init?(beginning event: SessionEvent) {
        switch event.body {
        case .messageAdded(let message):
            guard let turn = event.turn, message.role == .user, message.toolResults.isEmpty else { return nil }
            self.init(seq: event.seq, input: .turn(id: turn))
            messages = [message]
        case .hookReceived(let exchange, let hook):
            self.init(seq: event.seq, input: .hook(name: hook, exchange: exchange))
        case .tickStarted(let job, _): self.init(seq: event.seq, input: .tick(job: job))
        default: return nil
        }
    }

    /// An inspector's change, which is never repeated.
    init(change method: String, seq: Int) {
        self.init(seq: seq, input: .change(method: method))
        isOver = true
        outcome = RerunOutcome(status: "done", seq: seq)
    }

    /// The step as it is compared, so far without a rerun.
    var compared: RerunStep {
        let input: RerunStep.Input =
            switch self.input {
            case .turn: .turn(text: messages.map(\.text).joined(separator: "\n"))
            case .hook(let name, let exchange): .hook(name: name, exchange: exchange)
            case .tick(let job): .tick(job: job)
            case .change(let method): .change(method: method)
            }
        return RerunStep(input: input, seq: seq, recorded: outcome)
    }
}

extension SessionEvent.Body {
    /// Whether it changes context or state.
    var isChange: Bool {
        switch self {
        case .stateChanged, .messageAdded, .messageRemoved, .messageChanged, .sessionRestored: true
        default: false
        }
    }
}
