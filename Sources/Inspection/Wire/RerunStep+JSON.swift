package import SessionModel

extension RerunStep {
    package var json: JSON {
        var members: JSON.Object = ["seq": .int(seq)]
        switch input {
        case .turn(let text):
            members["kind"] = "turn"
            members["text"] = .string(text)
        case .hook(let name, let exchange):
            members["kind"] = "hook"
            members["hook"] = .string(name)
            members["exchange"] = .string(exchange)
        case .tick(let job):
            members["kind"] = "tick"
            members["job"] = .string(job)
        case .change(let method):
            members["kind"] = "change"
            members["method"] = .string(method)
        }
        members["recorded"] = recorded.json
        members["rerun"] = rerun?.json ?? .null
        if isLost { members["lost"] = true }
        members["note"] = note.map(JSON.string) ?? .null
        members["same"] = .object(JSON.Object(Aspect.allCases.map { ($0.rawValue, .bool(isSame($0))) }))
        members["state"] = stateChanges.json
        members["unrecorded"] = .array(unrecordedCalls.map(\.json))
        return .object(members)
    }

    /// `nil` for a kind of step that is not known here.
    package init?(json: JSON) {
        guard let seq = json.count("seq"), let recorded = json["recorded"].flatMap(RerunOutcome.init(json:)) else {
            return nil
        }
        let input: Input
        switch json["kind"]?.string {
        case "turn": input = .turn(text: json["text"]?.string ?? "")
        case "hook": input = .hook(name: json["hook"]?.string ?? "", exchange: json["exchange"]?.string ?? "")
        case "tick": input = .tick(job: json["job"]?.string ?? "")
        case "change": input = .change(method: json["method"]?.string ?? "")
        default: return nil
        }
        self.init(input: input, seq: seq, recorded: recorded)
        rerun = json["rerun"].flatMap(RerunOutcome.init(json:))
        note = json["note"]?.string
        isLost = json["lost"]?.bool ?? false
        stateChanges = json["state"].flatMap { try? JSONPatch(json: $0) } ?? JSONPatch()
        unrecordedCalls = (json["unrecorded"]?.array ?? []).compactMap(ToolCall.init(json:))
        different = Set(Aspect.allCases.filter { json["same"]?[$0.rawValue] == false })
    }
}

extension RerunOutcome {
    fileprivate var json: JSON {
        .members([
            "status": .string(status), "reply": .from(reply, JSON.string),
            // As an exchange has it, so that it is redacted like one.
            "body": body?.value, "encoding": body.map { .string($0.encoding.rawValue) },
            "tools": .array(tools.map(\.json)),
            "stop_reason": .from(stopReason?.rawValue, JSON.string), "usage": usage.json,
            "duration": .double(duration), "error": .from(error, JSON.string), "seq": .from(seq, JSON.int),
        ])
    }

    fileprivate init?(json: JSON) {
        guard let status = json["status"]?.string else { return nil }
        self.init(
            status: status,
            reply: json["reply"]?.string,
            tools: (json["tools"]?.array ?? []).compactMap(ToolCall.init(json:)),
            stopReason: json["stop_reason"]?.word.flatMap(StopReason.init(rawValue:)),
            usage: json["usage"].map(Usage.init(json:)) ?? Usage(),
            duration: json.duration("duration") ?? 0,
            error: json["error"]?.string,
            seq: json.count("seq")
        )
        let encoding = json["encoding"]?.word.flatMap(RecordedBody.Encoding.init(rawValue:))
        body = json["body"].flatMap { value in encoding.map { RecordedBody(value, $0) } }
    }
}
