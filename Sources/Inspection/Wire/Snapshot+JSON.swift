package import SessionModel

extension SnapshotSummary {
    package var json: JSON {
        [
            "name": .string(name), "seq": .int(seq), "at": .int(Int(at)), "by": .string(by),
            "messages": .int(messages),
        ]
    }

    package init?(json: JSON) {
        guard let name = json["name"]?.string, let seq = json.count("seq") else { return nil }
        self.init(
            name: name,
            seq: seq,
            at: json.time("at") ?? 0,
            by: json["by"]?.string ?? "",
            messages: json.count("messages") ?? 0
        )
    }
}
