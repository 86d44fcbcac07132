internal import SessionModel

/// Puts a session's ticks together from its journal, read backwards in pieces.
struct TickReader {
    let job: String?
    let before: Int64?
    /// Newest first.
    private(set) var ticks: [Tick] = []
    /// How runs came out whose start is further back, by job and schedule.
    private var endings: [String: (at: Int64, status: TickStatus, error: String?)] = [:]

    init(job: String?, before: Int64?) {
        self.job = job
        self.before = before
    }

    /// - Parameter events: oldest first; older than what was read before.
    mutating func read(_ events: [SessionEvent], session: String) {
        for event in events.reversed() {
            switch event.body {
            case .tickFinished(let job, let scheduled, let status, _, let error):
                endings["\(scheduled) \(job)"] = (event.at, status, error)
            case .tickStarted(let job, let scheduled):
                let ending = endings.removeValue(forKey: "\(scheduled) \(job)")
                var tick = Tick(
                    job: job,
                    session: session,
                    scheduled: scheduled,
                    started: event.at,
                    status: .running,
                    seq: event.seq
                )
                tick.finished = ending?.at
                tick.status = ending?.status ?? .running
                tick.error = ending?.error
                add(tick)
            case .tickMissed(let job, let scheduled, let reason):
                add(
                    Tick(
                        job: job,
                        session: session,
                        scheduled: scheduled,
                        status: .missed,
                        error: reason,
                        seq: event.seq
                    )
                )
            default: break
            }
        }
    }

    private mutating func add(_ tick: Tick) {
        guard job == nil || tick.job == job, tick.scheduled < before ?? .max else { return }
        ticks.append(tick)
    }
}
