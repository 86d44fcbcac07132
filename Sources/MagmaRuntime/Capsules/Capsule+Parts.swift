internal import SessionModel

/// Exchanges and snapshots as a capsule holds them: members of the format's version 1.
extension Exchange {
    var capsuleForm: JSON {
        .members([
            "id": .string(id), "agent": .string(agent), "hook": .string(hook), "session": .from(session, JSON.string),
            "why": .string(why), "method": .string(request.method), "status": .from(response?.status, JSON.int),
            "received": .int(Int(received)), "duration": .from(duration, JSON.double),
            "replayOf": .from(replayOf, JSON.string), "error": .from(error, JSON.string),
            "changed": changed.map { ["from": .int($0.lowerBound), "to": .int($0.upperBound)] },
            "request": request.capsuleForm, "response": response?.capsuleForm,
        ])
    }

    init?(capsuleForm json: JSON) {
        guard let id = json["id"]?.string, let hook = json["hook"]?.string else { return nil }
        self.init(
            id: id,
            agent: json["agent"]?.string ?? "",
            hook: hook,
            why: json["why"]?.string ?? "",
            request: RecordedRequest(capsuleForm: json["request"] ?? [:], method: json["method"]?.string),
            received: json.time("received") ?? 0
        )
        session = json["session"]?.string
        response = RecordedResponse(capsuleForm: json["response"] ?? [:], status: json.count("status"))
        duration = json.duration("duration")
        replayOf = json["replayOf"]?.string
        error = json["error"]?.string
        if let from = json["changed"]?.count("from"), let to = json["changed"]?.count("to"), from <= to {
            changed = from...to
        }
    }
}

extension Snapshot {
    var capsuleForm: JSON { ["name": .string(name), "at": .int(Int(at)), "by": .string(by), "fold": fold.json] }

    init?(capsuleForm json: JSON) {
        guard let name = json["name"]?.string, let fold = json["fold"].flatMap(SessionFold.init(json:)) else {
            return nil
        }
        self.init(name: name, at: json.time("at") ?? 0, by: json["by"]?.string ?? "", fold: fold)
    }
}

extension RecordedRequest {
    fileprivate var capsuleForm: JSON {
        .members([
            "method": .string(method), "path": .string(path), "query": .object(query), "headers": .object(headers),
            "body": body?.value, "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    /// - Parameter method: of the exchange, where the request has none.
    fileprivate init(capsuleForm json: JSON, method: String?) {
        self.init(
            method: json["method"]?.string ?? method ?? "POST",
            path: json["path"]?.string ?? "",
            query: json["query"]?.object ?? [:],
            headers: json["headers"]?.object ?? [:],
            body: RecordedBody(capsuleForm: json)
        )
    }
}

extension RecordedResponse {
    var capsuleForm: JSON {
        .members([
            "status": .int(status), "headers": .object(headers), "body": body?.value,
            "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    /// - Parameter status: of the exchange, where the response has none.
    init?(capsuleForm json: JSON, status: Int? = nil) {
        guard let status = json.count("status") ?? status else { return nil }
        self.init(status: status, headers: json["headers"]?.object ?? [:], body: RecordedBody(capsuleForm: json))
    }
}

extension RecordedBody {
    /// Without an encoding text is text, and anything else JSON.
    fileprivate init?(capsuleForm json: JSON) {
        guard let value = json["body"], !value.isNull else { return nil }
        let assumed: Encoding = value.string == nil ? .json : .text
        self.init(value, json["encoding"]?.word.flatMap(Encoding.init(rawValue:)) ?? assumed)
    }
}
