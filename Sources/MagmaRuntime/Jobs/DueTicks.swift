internal import Magma
internal import SessionModel

/// What becomes of a job's ticks that have come due when its timer wakes, mostly one. Where it wakes late, since the process
/// was paused or the clock was set forward, the newest still runs if it is not late by much, or if the job makes up for missed
/// ones; the others are missed.
struct DueTicks {
    /// The tick to run.
    private(set) var run: Int64?
    private(set) var missed: AgentBlueprint.Job.Missed?
    /// The newest of them all.
    private(set) var last: Int64

    /// A tick that is late by no more than this runs, however often the job does, in milliseconds.
    static let leastGrace: Int64 = 1000
    private static let mostGrace: Int64 = 30_000

    /// - Parameters:
    ///   - first: the one that was waited for.
    ///   - now: when its timer woke.
    init(of job: AgentBlueprint.Job, from first: Int64, at now: Int64) {
        last = first
        guard now - first >= Self.leastGrace, let due = job.missedTicks(in: (first - 1)...max(first, now)) else {
            run = first
            return
        }
        last = due.last
        let following = job.schedule.next(after: due.last, in: job.timezone) ?? .max
        let grace = max(Self.leastGrace, min(Self.mostGrace, (following - due.last) / 2))
        if job.missed == .once || now - due.last < grace { run = due.last }
        if run == nil {
            missed = due
        } else if due.count > 1 {
            missed = AgentBlueprint.Job.Missed(first: due.first, last: due.last - 1, count: due.count - 1)
        }
        // Of more than are counted those up to now are missed with them.
        if due.count >= AgentBlueprint.Job.bound { last = max(last, now - Self.leastGrace) }
        // The rule makes up for them.
        if job.missed == .once { missed = nil }
    }
}
