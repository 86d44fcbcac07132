package import SessionModel

/// A session's row is not stored with every entry of its journal, so that it may be behind: while the session is awake, and
/// after a crash. The journal tells the rest.
extension SessionRecord {
    /// Events by which a stored row may be behind: what a crash leaves to be read of each session that was awake.
    static let mostBehind = 48

    /// Brings the record up to date with the events that follow on it. What else a row has is stored when it changes.
    package mutating func follow(_ events: some Sequence<SessionEvent>) {
        for event in events where event.seq > summary.seq { follow(event) }
    }

    private mutating func follow(_ event: SessionEvent) {
        summary.seq = event.seq
        written = max(written, event.at)
        switch event.body {
        case .messageAdded:
            summary.messages += 1
            touch(event.at)
            if let turn = event.turn, !openTurns.containsExactly(turn) { openTurns.append(turn) }
        case .messageRemoved: summary.messages = max(0, summary.messages - 1)
        case .sessionRestored(_, _, let picture), .sessionForked(.from(_, _, _, let picture)):
            summary.messages = picture.messages.count
            state = picture.state
        // A state that is too large for filters is not in the record, and stays out of it.
        case .stateChanged(let patch): state = (try? state.applying(patch)) ?? state
        case .completionFinished(_, let usage, _, _):
            summary.inputTokens = summary.inputTokens.addingCount(usage.input)
            summary.outputTokens = summary.outputTokens.addingCount(usage.output)
        case .turnFinished:
            touch(event.at)
            openTurns.removeAll { $0.isExactly(event.turn) }
        case .hookReceived:
            touch(event.at)
            openHooks.append(event.seq)
        case .hookAnswered:
            touch(event.at)
            openHooks.removeAll { $0 == event.cause }
        case .tickStarted(let job, let scheduled), .tickMissed(let job, let scheduled, _):
            ticked[job] = max(ticked[job] ?? 0, scheduled)
        default: break
        }
    }

    /// Traffic at that time, which puts off a temporary session's end.
    private mutating func touch(_ time: Int64) {
        guard time > summary.times.active else { return }
        if let expires = summary.times.expires { summary.times.expires = expires + time - summary.times.active }
        summary.times.active = time
    }
}
