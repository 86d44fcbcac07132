package import SessionModel

extension JobStatus {
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

extension Tick {
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
