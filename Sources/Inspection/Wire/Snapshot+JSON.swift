package import SessionModel

extension Snapshot {
    /// Without what it holds.
    package var row: JSON {
        [
            "name": .string(name), "seq": .int(fold.seq), "at": .int(Int(at)), "by": .string(by),
            "messages": .int(fold.messages.count),
        ]
    }
}
