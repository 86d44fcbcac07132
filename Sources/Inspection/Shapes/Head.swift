package import SessionModel

/// A session as it is at the moment of attaching.
package struct Head: Sendable, Hashable {
    package var summary: Summary
    package var messages: [Message]
    /// Index into ``messages`` of the first one that the model sees.
    package var window: Int
    package var state: JSON
    /// For each field of the state, the `seq` that last changed it.
    package var blame: [ExactString: Int]
    package var jobs: [JobStatus]
    package var seq: Int

    package init(
        summary: Summary,
        messages: [Message],
        window: Int,
        state: JSON,
        blame: [ExactString: Int],
        jobs: [JobStatus],
        seq: Int
    ) {
        self.summary = summary
        self.messages = messages
        self.window = window
        self.state = state
        self.blame = blame
        self.jobs = jobs
        self.seq = seq
    }

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
        guard let summary = json["summary"].flatMap(Summary.init(json:)), let seq = json.count("seq") else {
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
