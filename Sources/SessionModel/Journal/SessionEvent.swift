/// One entry of a session's journal.
package struct SessionEvent: Sendable, Hashable {
    /// Counted from 1 within the session, without holes.
    package var seq: Int
    /// Milliseconds since 1970.
    package var at: Int64
    /// The event that caused this one.
    package var cause: Int?
    /// The turn it belongs to.
    package var turn: String?
    package var body: Body

    package init(seq: Int, at: Int64, cause: Int? = nil, turn: String? = nil, body: Body) {
        self.seq = seq
        self.at = at
        self.cause = cause
        self.turn = turn
        self.body = body
    }

    /// What happened.
    package enum Body: Sendable, Hashable {
        case sessionCreated(origin: Origin, temporary: Bool)
        case sessionEnded(reason: String)
        /// A temporary session became a lasting one; `from` is its old id.
        case sessionKept(from: String)
        case sessionForked(SessionFork)
        /// Context and state went back to what they were at `to`.
        case sessionRestored(to: Int, snapshot: String?, SessionPicture)
        case snapshotTaken(name: String, of: Int)
        case messageAdded(Message)
        case messageRemoved(id: String)
        case messageChanged(Message)
        /// `trace`: the trace (W3C Trace Context) that the turn is part of, if there is one.
        case turnStarted(input: [String], trace: String? = nil)
        case turnFinished(TurnResult)
        case completionStarted(provider: String, model: String, window: [String])
        case completionFinished(stopReason: StopReason?, usage: Usage, duration: Double, error: String?)
        case toolStarted(ToolCall)
        case toolFinished(ToolResult, duration: Double)
        case middlewareStarted(trigger: String, name: String, before: JSON)
        case middlewareFinished(trigger: String, name: String, after: JSON?, error: String?)
        case hookReceived(exchange: String, hook: String)
        case hookAnswered(exchange: String, hook: String, status: Int, duration: Double, error: String?)
        case tickStarted(job: String, scheduled: Int64)
        case tickFinished(job: String, scheduled: Int64, status: TickStatus, duration: Double, error: String?)
        case tickMissed(job: String, scheduled: Int64, reason: String)
        case stateChanged(JSONPatch)
        case log(level: String, text: String)
        case sent(JSON)
        case inspectorActed(by: String, method: String)
        /// An event of a newer runtime: kept and shown, not understood.
        case other(kind: String, JSON.Object)
    }
}

/// Context and state at one moment.
package struct SessionPicture: Sendable, Hashable {
    package var messages: [Message]
    package var state: JSON

    package init(messages: [Message], state: JSON) {
        self.messages = messages
        self.state = state
    }
}

/// How two sessions are related: each side's journal names the other.
package enum SessionFork: Sendable, Hashable {
    /// In the new session: where it came from, and what it began with. `agent`: that of the session, where it is another one.
    case from(session: String, agent: String? = nil, seq: Int, SessionPicture)
    /// In the session it came from.
    case to(session: String, agent: String? = nil, seq: Int)
}

/// What created a session.
package enum Origin: String, Sendable, Hashable {
    case chat, websocket, hook, inspector, fork
}

package enum TickStatus: String, Sendable, Hashable {
    case running, ok, failed, missed, timeout
}

/// The result of a turn.
package struct TurnResult: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case finished, failed, superseded, cancelled
        /// The runtime stopped while it ran.
        case interrupted
    }

    package var status: Status
    package var stopReason: StopReason?
    package var usage: Usage
    /// Milliseconds.
    package var duration: Double
    package var error: String?

    package init(
        status: Status,
        stopReason: StopReason? = nil,
        usage: Usage = Usage(),
        duration: Double = 0,
        error: String? = nil
    ) {
        self.status = status
        self.stopReason = stopReason
        self.usage = usage
        self.duration = duration
        self.error = error
    }
}
