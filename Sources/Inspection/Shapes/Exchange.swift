package import SessionModel

/// A webhook's request and what it was answered.
package struct Exchange: Sendable, Hashable {
    @ExactString package var id: String
    @ExactString package var agent: String
    @ExactString package var hook: String
    package var session: String?
    /// How the session was chosen, a sentence.
    package var why: String
    package var request: WireRequest
    package var response: WireResponse?
    package var received: Int64
    /// Milliseconds.
    package var duration: Double?
    package var replayOf: String?
    package var error: String?
    /// The first and last event that it brought about in its session.
    package var changed: ClosedRange<Int>?

    package init(id: String, agent: String, hook: String, why: String, request: WireRequest, received: Int64) {
        self.id = id
        self.agent = agent
        self.hook = hook
        self.why = why
        self.request = request
        self.received = received
    }

    /// The session that it reached.
    package var key: SessionKey? { session.map { SessionKey(agent: agent, session: $0) } }

    /// Whether it has neither been answered nor failed so far.
    package var isOpen: Bool { response == nil && error == nil }

    /// As a list holds it: without headers and bodies.
    package var listed: Exchange {
        var exchange = self
        exchange.request = WireRequest(method: request.method)
        exchange.response = response.map { WireResponse(status: $0.status) }
        return exchange
    }

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
            request: json["request"].flatMap(WireRequest.init(json:))
                ?? WireRequest(method: json["method"]?.string ?? ""),
            received: json.time("received") ?? 0
        )
        session = json["session"]?.string
        response =
            json["response"].flatMap(WireResponse.init(json:)) ?? json.count("status").map { WireResponse(status: $0) }
        duration = json.duration("duration")
        replayOf = json["replayOf"]?.string
        error = json["error"]?.string
        if let from = json["changed"]?.count("from"), let to = json["changed"]?.count("to"), from <= to {
            changed = from...to
        }
    }
}

/// A body on the wire: JSON as it is, other text as text, the rest as base64.
package struct WireBody: Sendable, Hashable {
    package enum Encoding: String, Sendable, Hashable { case json, text, base64 }

    package var value: JSON
    package var encoding: Encoding

    package init(_ value: JSON, _ encoding: Encoding) {
        self.value = value
        self.encoding = encoding
    }

    /// Reads `body` and `encoding`; without an encoding text is text, and anything else JSON.
    init?(json: JSON) {
        guard let value = json["body"], !value.isNull else { return nil }
        let assumed: Encoding = value.string == nil ? .json : .text
        self.init(value, json["encoding"]?.word.flatMap(Encoding.init(rawValue:)) ?? assumed)
    }
}

package struct WireRequest: Sendable, Hashable {
    package var method: String
    package var path: String
    package var query: JSON.Object
    package var headers: JSON.Object
    package var body: WireBody?

    package init(
        method: String = "POST",
        path: String = "",
        query: JSON.Object = [:],
        headers: JSON.Object = [:],
        body: WireBody? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

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
            body: WireBody(json: json)
        )
    }

    /// Checks what an inspector asks to be sent: nothing of it may be passed over, as it is in what a store holds.
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
                // What would end a header's line, were it sent by HTTP.
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
        if let name = json["encoding"]?.string, json["encoding"]?.word.flatMap(WireBody.Encoding.init) == nil {
            throw .invalidParams("'encoding' is '\(name.prefix(bytes: 40))'; it must be json, text or base64.")
        }
    }

    /// This request with the members that `edits` names in their place; `null` takes a body away.
    package func edited(by edits: JSON) -> WireRequest {
        var request = self
        if let method = edits["method"]?.string { request.method = method }
        if let query = edits["query"]?.object { request.query = query }
        if let headers = edits["headers"]?.object { request.headers = headers }
        if edits["body"] != nil { request.body = WireBody(json: edits) }
        return request
    }
}

package struct WireResponse: Sendable, Hashable {
    package var status: Int
    package var headers: JSON.Object
    package var body: WireBody?

    package init(status: Int, headers: JSON.Object = [:], body: WireBody? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var json: JSON {
        .members([
            "status": .int(status), "headers": .object(headers), "body": body?.value,
            "encoding": .from(body?.encoding.rawValue, JSON.string),
        ])
    }

    package init?(json: JSON) {
        guard let status = json.count("status") else { return nil }
        self.init(status: status, headers: json["headers"]?.object ?? [:], body: WireBody(json: json))
    }
}
