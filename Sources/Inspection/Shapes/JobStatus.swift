package import SessionModel

/// A job of an agent or of one of its sessions, and how it stands.
package struct JobStatus: Sendable, Hashable {
    package var job: String
    package var agent: String
    package var isStatic: Bool
    package var schedule: String
    package var timezone: String
    /// The schedule for people.
    package var words: String
    package var next: Int64?
    package var paused: Bool
    /// The last runs, newest first.
    package var last: [Tick]

    package init(
        job: String,
        agent: String,
        isStatic: Bool,
        schedule: String,
        timezone: String,
        words: String,
        next: Int64?,
        paused: Bool,
        last: [Tick]
    ) {
        self.job = job
        self.agent = agent
        self.isStatic = isStatic
        self.schedule = schedule
        self.timezone = timezone
        self.words = words
        self.next = next
        self.paused = paused
        self.last = last
    }

    package var json: JSON {
        .members([
            "job": .string(job), "agent": .string(agent), "static": .bool(isStatic), "schedule": .string(schedule),
            "timezone": .string(timezone), "words": .string(words), "next": .time(next), "paused": .bool(paused),
            "last": .array(last.map(\.json)),
        ])
    }

    package init?(json: JSON) {
        guard let job = json["job"]?.string else { return nil }
        self.init(
            job: job,
            agent: json["agent"]?.string ?? "",
            isStatic: json["static"]?.bool ?? false,
            schedule: json["schedule"]?.string ?? "",
            timezone: json["timezone"]?.string ?? "",
            words: json["words"]?.string ?? "",
            next: json.time("next"),
            paused: json["paused"]?.bool ?? false,
            last: json["last"]?.array?.compactMap(Tick.init(json:)) ?? []
        )
    }
}

/// One run of a job.
package struct Tick: Sendable, Hashable {
    package var job: String
    /// `nil` for a static job.
    package var session: String?
    package var scheduled: Int64
    package var started: Int64?
    package var finished: Int64?
    package var status: TickStatus
    package var error: String?
    /// The event of its start, or of its being missed.
    package var seq: Int?

    package init(
        job: String,
        session: String?,
        scheduled: Int64,
        started: Int64? = nil,
        finished: Int64? = nil,
        status: TickStatus,
        error: String? = nil,
        seq: Int? = nil
    ) {
        self.job = job
        self.session = session
        self.scheduled = scheduled
        self.started = started
        self.finished = finished
        self.status = status
        self.error = error
        self.seq = seq
    }

    package var json: JSON {
        .members([
            "job": .string(job), "session": .from(session, JSON.string), "scheduled": .int(Int(scheduled)),
            "started": .time(started), "finished": .time(finished), "status": .string(status.rawValue),
            "error": .from(error, JSON.string), "seq": .from(seq, JSON.int),
        ])
    }

    package init?(json: JSON) {
        guard let job = json["job"]?.string, let scheduled = json.time("scheduled") else { return nil }
        self.init(
            job: job,
            session: json["session"]?.string,
            scheduled: scheduled,
            started: json.time("started"),
            finished: json.time("finished"),
            status: json["status"]?.word.flatMap(TickStatus.init(rawValue:)) ?? .ok,
            error: json["error"]?.string,
            seq: json.count("seq")
        )
    }
}
