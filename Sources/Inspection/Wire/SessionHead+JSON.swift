package import SessionModel

extension SessionHead {
    package var json: JSON {
        [
            "summary": summary.json, "messages": .array(messages.map(\.json)), "window": .int(window), "state": state,
            "blame": .blame(blame),
            "jobs": .array(jobs.map(\.json)), "seq": .int(seq),
        ]
    }

    package init?(json: JSON) {
        guard let summary = json["summary"].flatMap(SessionSummary.init(json:)), let seq = json.count("seq") else {
            return nil
        }
        let messages = json["messages"]?.array?.compactMap { try? Message(json: $0) } ?? []
        self.init(
            summary: summary,
            messages: messages,
            window: min(json.count("window") ?? 0, messages.count),
            state: json["state"] ?? [:],
            blame: json.blame("blame"),
            jobs: json["jobs"]?.array?.compactMap(JobStatus.init(json:)) ?? [],
            seq: seq
        )
    }
}
