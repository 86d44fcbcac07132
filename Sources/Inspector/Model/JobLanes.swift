internal import Foundation
internal import Inspection
internal import SessionModel

/// The jobs of a session, a lane each.
struct JobLanes: Sendable {
    static let remembered = 16

    var lanes: [JobStatus] = []
    /// The job's name.
    var selected: String?

    mutating func move(by distance: Int) {
        guard !lanes.isEmpty else { return }
        let current = lanes.firstIndex { $0.job == selected } ?? 0
        selected = lanes[min(max(0, current + distance), lanes.count - 1)].job
    }

    /// The selected job, the first one if none was chosen.
    var current: JobStatus? { lanes.first { $0.job == selected } ?? lanes.first }

    /// Follows the runs of jobs by their events.
    mutating func apply(_ event: SessionEvent, session: String) {
        switch event.body {
        case .tickStarted(let job, let scheduled):
            add(
                Tick(
                    job: job,
                    session: session,
                    scheduled: scheduled,
                    started: event.at,
                    status: .running,
                    seq: event.seq
                )
            )
        case .tickMissed(let job, let scheduled, let reason):
            add(Tick(job: job, session: session, scheduled: scheduled, status: .missed, error: reason, seq: event.seq))
        case .tickFinished(let job, let scheduled, let status, _, let error):
            let known = lanes.first { $0.job == job }?.last.contains { $0.scheduled == scheduled } ?? false
            // One that was under way when the session was opened.
            if !known {
                add(Tick(job: job, session: session, scheduled: scheduled, status: .running, seq: event.seq))
            }
            change(job) { lane in
                guard let index = lane.last.firstIndex(where: { $0.scheduled == scheduled && $0.status == .running })
                else { return }
                lane.last[index].finished = event.at
                lane.last[index].status = status
                lane.last[index].error = error
            }
        default: break
        }
    }

    private mutating func add(_ tick: Tick) {
        change(tick.job) { lane in
            lane.last.insert(tick, at: 0)
            if lane.last.count > Self.remembered { lane.last.removeLast() }
        }
    }

    private mutating func change(_ job: String, _ change: (inout JobStatus) -> Void) {
        guard let index = lanes.firstIndex(where: { $0.job == job }) else { return }
        change(&lanes[index])
    }

    /// When a job runs next: told by the runtime, and reckoned from its schedule once that has passed.
    static func next(of lane: JobStatus, now: Int64) -> Int64? {
        if let next = lane.next, next > now { return next }
        guard let expression = try? CronExpression(lane.schedule), let zone = TimeZone(identifier: lane.timezone) else {
            return lane.next
        }
        return expression.next(after: now, in: zone)
    }
}
