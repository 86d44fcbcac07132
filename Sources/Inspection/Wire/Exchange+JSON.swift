package import SessionModel

extension Exchange {
    /// As a row of a list: without headers and bodies.
    package var row: JSON {
        .members([
            "id": .string(id), "agent": .string(agent), "hook": .string(hook), "session": .from(session, JSON.string),
            "why": .string(why), "method": .string(request.method), "status": .from(response?.status, JSON.int),
            "received": .int(Int(received)), "duration": .from(duration, JSON.double),
            "replayOf": .from(replayOf, JSON.string), "error": .from(error, JSON.string),
            "changed": changed.map { ["from": .int($0.lowerBound), "to": .int($0.upperBound)] },
        ])
    }

    /// Whole, with request and response.
    package var json: JSON {
        guard var object = row.object else { return row }
        object["request"] = request.json
        if let response { object["response"] = response.json }
        return .object(object)
    }

    package init?(json: JSON) {
        guard let id = json["id"]?.string, let hook = json["hook"]?.string else { return nil }
        self.init(
            id: id,
            agent: json["agent"]?.string ?? "",
            hook: hook,
            why: json["why"]?.string ?? "",
            request: json["request"].flatMap(RecordedRequest.init(json:))
                ?? RecordedRequest(method: json["method"]?.string ?? ""),
            received: json.time("received") ?? 0
        )
        session = json["session"]?.string
        response =
            json["response"].flatMap(RecordedResponse.init(json:))
            ?? json.count("status").map { RecordedResponse(status: $0) }
        duration = json.duration("duration")
        replayOf = json["replayOf"]?.string
        error = json["error"]?.string
        if let from = json["changed"]?.count("from"), let to = json["changed"]?.count("to"), from <= to {
            changed = from...to
        }
    }
}

extension RecordedBody {
    /// Reads `body` and `encoding`; without an encoding text is text, and anything else JSON.
    init?(json: JSON) {
        guard let value = json["body"], !value.isNull else { return nil }
        let assumed: Encoding = value.string == nil ? .json : .text
        self.init(value, json["encoding"]?.word.flatMap(Encoding.init(rawValue:)) ?? assumed)
    }
}

extension RecordedRequest {
    package var json: JSON {
        .members([
            "method": .string(method), "path": .string(path), "query": .object(query), "headers": .object(headers),
            "body": body?.value, "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    package init?(json: JSON) {
        guard json.object != nil else { return nil }
        self.init(
            method: json["method"]?.string ?? "POST",
            path: json["path"]?.string ?? "",
            query: json["query"]?.object ?? [:],
            headers: json["headers"]?.object ?? [:],
            body: RecordedBody(json: json)
        )
    }

    /// Checks a request that an inspector wants to send. Unlike in stored data, an invalid member is an error.
    ///
    /// - Throws: `RPCError` that names the member which is wrong.
    package static func check(_ json: JSON) throws(RPCError) {
        for name in ["method", "path", "encoding"] {
            if let value = json[name], !value.isNull, value.string == nil {
                throw .invalidParams("'\(name)' must be text.")
            }
        }
        for name in ["query", "headers"] {
            guard let value = json[name], !value.isNull else { continue }
            guard let fields = value.object else { throw .invalidParams("'\(name)' must be an object of texts.") }
            for (field, value) in fields {
                let texts = (value.array ?? [value]).map {
                    $0.object == nil && $0.array == nil ? $0.string ?? $0.text : nil
                }
                // Refuses characters that would end a header's line in HTTP.
                let isClean = (texts + [field]).allSatisfy { text in
                    text.map { name == "query" || !$0.unicodeScalars.contains { "\r\n\0".unicodeScalars.contains($0) } }
                        ?? false
                }
                if field.isEmpty || !isClean {
                    throw .invalidParams(
                        "'\(field.prefix(bytes: 40))' of '\(name)' must be a text, in headers of one line."
                    )
                }
            }
        }
        if let name = json["encoding"]?.string, json["encoding"]?.word.flatMap(RecordedBody.Encoding.init) == nil {
            throw .invalidParams("'encoding' is '\(name.prefix(bytes: 40))'; it must be json, text or base64.")
        }
    }

    /// This request with the members that `edits` names in their place; `null` takes a body away.
    package func edited(by edits: JSON) -> RecordedRequest {
        var request = self
        if let method = edits["method"]?.string { request.method = method }
        if let query = edits["query"]?.object { request.query = query }
        if let headers = edits["headers"]?.object { request.headers = headers }
        if edits["body"] != nil { request.body = RecordedBody(json: edits) }
        return request
    }
}

extension RecordedResponse {
    package var json: JSON {
        .members([
            "status": .int(status), "headers": .object(headers), "body": body?.value,
            "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    package init?(json: JSON) {
        guard let status = json.count("status") else { return nil }
        self.init(status: status, headers: json["headers"]?.object ?? [:], body: RecordedBody(json: json))
    }
}
