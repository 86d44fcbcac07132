package import SessionModel

extension SnapshotSummary {
    package var json: JSON {
        [
            "name": .string(name), "seq": .int(seq), "at": .int(Int(at)), "by": .string(by),
            "messages": .int(messages),
        ]
    }
}
