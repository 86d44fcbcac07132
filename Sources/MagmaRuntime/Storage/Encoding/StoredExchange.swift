package import SessionModel

/// An exchange as databases keep it. What changes here needs a migration of each.
extension Exchange {
    package var stored: JSON {
        guard var object = storedRow.object else { return storedRow }
        object["request"] = request.stored
        if let response { object["response"] = response.stored }
        return .object(object)
    }

    /// Without headers and bodies, for lists.
    package var storedRow: JSON {
        .members([
            "id": .string(id), "agent": .string(agent), "hook": .string(hook), "session": .from(session, JSON.string),
            "why": .string(why), "method": .string(request.method), "status": .from(response?.status, JSON.int),
            "received": .int(Int(received)), "duration": .from(duration, JSON.double),
            "replayOf": .from(replayOf, JSON.string), "error": .from(error, JSON.string),
            "changed": changed.map { ["from": .int($0.lowerBound), "to": .int($0.upperBound)] },
        ])
    }

    package init?(stored json: JSON) {
        guard let id = json["id"]?.string, let hook = json["hook"]?.string else { return nil }
        self.init(
            id: id,
            agent: json["agent"]?.string ?? "",
            hook: hook,
            why: json["why"]?.string ?? "",
            request: json["request"].map(RecordedRequest.init(stored:))
                ?? RecordedRequest(method: json["method"]?.string ?? ""),
            received: json.time("received") ?? 0
        )
        session = json["session"]?.string
        response =
            json["response"].flatMap(RecordedResponse.init(stored:))
            ?? json.count("status").map { RecordedResponse(status: $0) }
        duration = json.duration("duration")
        replayOf = json["replayOf"]?.string
        error = json["error"]?.string
        if let from = json["changed"]?.count("from"), let to = json["changed"]?.count("to"), from <= to {
            changed = from...to
        }
    }
}

extension RecordedRequest {
    fileprivate var stored: JSON {
        .members([
            "method": .string(method), "path": .string(path), "query": .object(query), "headers": .object(headers),
            "body": body?.value, "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    fileprivate init(stored json: JSON) {
        self.init(
            method: json["method"]?.string ?? "POST",
            path: json["path"]?.string ?? "",
            query: json["query"]?.object ?? [:],
            headers: json["headers"]?.object ?? [:],
            body: RecordedBody(stored: json)
        )
    }
}

extension RecordedResponse {
    fileprivate var stored: JSON {
        .members([
            "status": .int(status), "headers": .object(headers), "body": body?.value,
            "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    fileprivate init?(stored json: JSON) {
        guard let status = json.count("status") else { return nil }
        self.init(status: status, headers: json["headers"]?.object ?? [:], body: RecordedBody(stored: json))
    }
}

extension RecordedBody {
    fileprivate init?(stored json: JSON) {
        guard let value = json["body"], !value.isNull else { return nil }
        self.init(
            value,
            json["encoding"]?.word.flatMap(Encoding.init(rawValue:)) ?? (value.string == nil ? .json : .text)
        )
    }
}
