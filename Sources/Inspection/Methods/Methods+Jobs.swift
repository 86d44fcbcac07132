package import SessionModel

package struct JobsParams: MethodParams {
    package var agent = ""
    package var session: String?

    package init() {}

    package static let members: [ParamsMember<JobsParams>] = [
        .text("agent", \.agent), .text("session", \.session),
    ]
}

package struct JobsResult: MethodResult {
    package var jobs: [JobStatus]

    package init(jobs: [JobStatus]) { self.jobs = jobs }

    package var json: JSON { ["jobs": .array(jobs.map(\.json))] }

    package init?(json: JSON) {
        guard let jobs = json["jobs"]?.array else { return nil }
        self.jobs = jobs.compactMap(JobStatus.init(json:))
    }
}

package struct TicksParams: MethodParams {
    package var agent = ""
    package var session: String?
    package var job: String?
    package var before: Int64?
    package var limit: Int?

    package init() {}

    package static let members: [ParamsMember<TicksParams>] = [
        .text("agent", \.agent), .text("session", \.session), .text("job", \.job), .time("before", \.before),
        .limit(\.limit),
    ]
}

package struct TicksPage: MethodResult {
    package var ticks: [Tick]
    package var more: Bool

    package init(ticks: [Tick], more: Bool) {
        self.ticks = ticks
        self.more = more
    }

    package var json: JSON { ["ticks": .array(ticks.map(\.json)), "more": .bool(more)] }

    package init?(json: JSON) {
        guard let ticks = json["ticks"]?.array else { return nil }
        self.init(ticks: ticks.compactMap(Tick.init(json:)), more: json["more"]?.bool ?? false)
    }
}

package struct JobParams: MethodParams {
    package var agent = ""
    /// `nil` for a job of the agent, or for all of its sessions.
    package var session: String?
    package var job = ""

    package init() {}

    package static let members: [ParamsMember<JobParams>] = [
        .text("agent", \.agent), .text("session", \.session), .text("job", \.job),
    ]
}

package struct JobStarted: MethodResult {
    package var job: String

    package init(job: String) { self.job = job }

    package var json: JSON { ["job": .string(job), "started": true] }

    package init?(json: JSON) { job = json["job"]?.string ?? "" }
}

package struct JobPaused: MethodResult {
    package var job: String
    package var isPaused: Bool

    package init(job: String, isPaused: Bool) {
        self.job = job
        self.isPaused = isPaused
    }

    package var json: JSON { ["job": .string(job), "paused": .bool(isPaused)] }

    package init?(json: JSON) {
        guard let isPaused = json["paused"]?.bool else { return nil }
        self.init(job: json["job"]?.string ?? "", isPaused: isPaused)
    }
}

extension Methods {
    package static let listJobs = Method<JobsParams, JobsResult>(
        "jobs.list",
        .viewer,
        "The jobs of an agent, or as they stand in one session.",
        answers: ["jobs"]
    )

    package static let listTicks = Method<TicksParams, TicksPage>(
        "jobs.ticks",
        .viewer,
        "Runs of jobs, newest first; without a session, of the last 500. Those due at the same moment as a page's last come with it.",
        answers: ["ticks", "more"]
    )

    package static let runJob = Method<JobParams, JobStarted>(
        "jobs.run",
        .operator,
        "Runs a job now, in one session or of the agent.",
        answers: ["job", "started"]
    )

    package static let pauseJob = Method<JobParams, JobPaused>(
        "jobs.pause",
        .operator,
        "Pauses a job in one session, or in all of the agent's.",
        answers: ["job", "paused"]
    )

    package static let resumeJob = Method<JobParams, JobPaused>(
        "jobs.resume",
        .operator,
        "Resumes a paused job.",
        answers: ["job", "paused"]
    )

    static let jobs = [
        listJobs.declaration, listTicks.declaration, runJob.declaration, pauseJob.declaration, resumeJob.declaration,
    ]
}
