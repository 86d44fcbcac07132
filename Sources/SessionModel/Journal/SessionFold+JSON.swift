extension SessionFold {
    /// `{"seq","messages","state","blame"}`, as checkpoints keep it.
    package var json: JSON {
        [
            "seq": .int(seq), "messages": .array(messages.map(\.json)), "state": state,
            "blame": .object(
                JSON.Object(blame.sorted { $0.key < $1.key }.map { ($0.key.wrappedValue, .int($0.value)) })
            ),
        ]
    }

    /// `nil` when the JSON is not a checkpoint.
    package init?(json: JSON) {
        guard let seq = json.object?.bounded("seq", in: NumberRange.count), let picture = SessionPicture(json: json)
        else { return nil }
        self.seq = seq
        messages = picture.messages
        state = picture.state
        for (name, value) in json["blame"]?.object ?? [:] { blame[ExactString(name)] = value.count }
    }
}
