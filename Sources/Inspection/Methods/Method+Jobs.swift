internal import SessionModel

extension Method {
    package static let listJobs = Method(
        "jobs.list",
        .viewer,
        "The jobs of an agent, or as they stand in one session.",
        takes: ["agent", "session?"],
        answers: ["jobs"]
    )

    package static let listTicks = Method(
        "jobs.ticks",
        .viewer,
        "Runs of jobs, newest first.",
        takes: ["agent", "session?", "job?", "before?: milliseconds since 1970", "limit?: 1 to 1000"],
        answers: ["ticks", "more"]
    )

    package static let runJob = Method(
        "jobs.run",
        .operator,
        "Runs a job now, in one session or of the agent.",
        takes: ["agent", "session?", "job"],
        answers: ["job", "started"]
    )

    package static let pauseJob = Method(
        "jobs.pause",
        .operator,
        "Pauses a job in one session, or in all of the agent's.",
        takes: ["agent", "session?", "job"],
        answers: ["job", "paused"]
    )

    package static let resumeJob = Method(
        "jobs.resume",
        .operator,
        "Resumes a paused job.",
        takes: ["agent", "session?", "job"],
        answers: ["job", "paused"]
    )
}
