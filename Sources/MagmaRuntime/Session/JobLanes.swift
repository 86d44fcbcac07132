internal import SessionModel

/// A session's jobs: which are paused, which run, and their last runs. Pure: the session carries out what it answers.
struct JobLanes: Sendable {
    /// A job as it stands in one session.
    struct Lane: Sendable, Hashable {
        fileprivate(set) var isPaused = false
        fileprivate(set) var isRunning = false
        fileprivate(set) var last = RecentTicks()
        /// When the newest run was due that is known, also where it is further back than ``last`` goes.
        fileprivate(set) var ticked: Int64?
        /// Whether this process has brought it a tick since it has the session.
        fileprivate(set) var isKept = false

        /// Whether its newest run was due then.
        fileprivate func hasRun(at scheduled: Int64) -> Bool {
            last.first?.scheduled == scheduled || ticked == scheduled
        }
    }

    /// Why a run begins.
    enum Trigger: Sendable, Hashable {
        case schedule
        /// The same where several processes bring ticks to sessions: one may come after those that were due later.
        case sharedSchedule
        /// Someone asked for it, so a pause does not count.
        case hand
    }

    /// What comes of a run that is due.
    enum Start: Sendable, Hashable {
        case run
        /// It is recorded as missed, with this reason.
        case miss(String)
        /// The job is paused, unknown, or was run at that time already.
        case ignore
    }

    private var lanes: [String: Lane] = [:]

    init() {}

    /// - Parameter paused: the jobs that are paused from the start.
    init(_ jobs: some Sequence<String>, paused: Set<String> = [], ticked: [String: Int64] = [:]) {
        for job in jobs { lanes[job] = Lane(isPaused: paused.contains(job), ticked: ticked[job]) }
    }

    var isEmpty: Bool { lanes.isEmpty }

    /// Whether any job runs.
    var isRunning: Bool { lanes.contains { $0.value.isRunning } }

    /// The jobs that are paused, in order.
    var paused: [String] { lanes.compactMap { $0.value.isPaused ? $0.key : nil }.sorted() }

    var last: [String: [Tick]] { lanes.mapValues { Array($0.last) } }

    /// When each job's newest run was due.
    var ticked: [String: Int64] { lanes.compactMapValues(\.ticked) }

    /// The events of runs that have begun and not ended.
    var unfinished: [Int] { lanes.values.flatMap(\.last).filter { $0.status == .running }.compactMap(\.seq) }

    subscript(job: String) -> Lane? { lanes[job] }

    mutating func start(_ job: String, scheduled: Int64, by trigger: Trigger) -> Start {
        guard let lane = lanes[job] else { return .ignore }
        if trigger != .hand, lane.isPaused || lane.hasRun(at: scheduled) { return .ignore }
        if trigger == .sharedSchedule, let ticked = lane.ticked, ticked >= scheduled { return .ignore }
        if lane.isRunning {
            return lane.last.first?.scheduled == scheduled ? .ignore : .miss("The run before it has not finished.")
        }
        lanes[job]?.isRunning = true
        if trigger == .sharedSchedule {
            lanes[job]?.ticked = scheduled
            lanes[job]?.isKept = true
        }
        return .run
    }

    mutating func finish(_ job: String) { lanes[job]?.isRunning = false }

    /// Whether a run at that time is not known yet.
    func isNew(_ job: String, scheduled: Int64) -> Bool {
        lanes[job].map { !$0.hasRun(at: scheduled) } ?? false
    }

    mutating func pause(_ job: String) { lanes[job]?.isPaused = true }

    /// Ticks that were due while it was paused were not missed.
    mutating func resume(_ job: String, at time: Int64) {
        guard lanes[job]?.isPaused == true else { return }
        lanes[job]?.isPaused = false
        settle(job, through: time)
    }

    /// Ticks that were due later than it is now came while the clock was ahead: they are no longer the newest ones.
    mutating func forgetTicks(after now: Int64) {
        for (job, lane) in lanes where lane.ticked.map({ $0 > now + DueTicks.leastGrace }) == true {
            lanes[job]?.ticked = lane.last.map(\.scheduled).filter { $0 <= now }.max()
        }
    }

    /// Another process may have the session from now on.
    mutating func release() { for job in lanes.keys { lanes[job]?.isKept = false } }

    /// It is known of all ticks up to that time whether they ran. The journal has the first of them, and the row the last; where a
    /// kill has left the row behind, those between them may be recorded once more.
    mutating func settle(_ job: String, through time: Int64) {
        guard var lane = lanes.removeValue(forKey: job) else { return }
        lane.ticked = max(lane.ticked ?? time, time)
        lanes[job] = lane
    }

    mutating func remember(_ tick: Tick) {
        guard var lane = lanes.removeValue(forKey: tick.job) else { return }
        lane.last.add(tick)
        lane.ticked = max(lane.ticked ?? tick.scheduled, tick.scheduled)
        lanes[tick.job] = lane
    }

    /// Marks runs that never came to an end as failed.
    ///
    /// - Returns: those runs, as they are now.
    mutating func failUnfinished(_ reason: String) -> [Tick] {
        var failed: [Tick] = []
        for (job, lane) in lanes {
            for (index, tick) in lane.last.enumerated() where tick.status == .running {
                var tick = tick
                tick.status = .failed
                tick.error = reason
                lanes[job]?.last[index] = tick
                failed.append(tick)
            }
        }
        return failed
    }
}
