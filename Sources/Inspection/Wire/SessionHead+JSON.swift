package import SessionModel

extension SessionHead {
    package var json: JSON {
        [
            "summary": summary.json, "messages": .array(messages.map(\.json)), "window": .int(window), "state": state,
            "blame": .object(
                JSON.Object(blame.sorted { $0.key < $1.key }.map { ($0.key.wrappedValue, .int($0.value)) })
            ),
            "jobs": .array(jobs.map(\.json)), "seq": .int(seq),
        ]
    }

    package init?(json: JSON) {
        guard let summary = json["summary"].flatMap(SessionSummary.init(json:)), let seq = json.count("seq") else {
            return nil
        }
        let blame = json["blame"]?.object ?? [:]
        let messages = json["messages"]?.array?.compactMap { try? Message(json: $0) } ?? []
        self.init(
            summary: summary,
            messages: messages,
            window: min(json.count("window") ?? 0, messages.count),
            state: json["state"] ?? [:],
            blame: Dictionary(
                uniqueKeysWithValues: blame.compactMap { pair in pair.value.count.map { (ExactString(pair.name), $0) } }
            ),
            jobs: json["jobs"]?.array?.compactMap(JobStatus.init(json:)) ?? [],
            seq: seq
        )
    }
}
