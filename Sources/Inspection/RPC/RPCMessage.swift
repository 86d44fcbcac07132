package import SessionModel

/// One message of JSON-RPC 2.0.
package enum RPCMessage: Sendable, Hashable {
    case request(RPCRequest)
    /// A request without an id: nobody waits for an answer.
    case notification(method: String, params: JSON)
    /// `id` is null when the request could not be read.
    case answer(id: JSON, result: Result<JSON, RPCError>)
}

package struct RPCRequest: Sendable, Hashable {
    package var id: JSON
    package var method: String
    package var params: JSON

    package init(id: JSON, method: String, params: JSON) {
        self.id = id
        self.method = method
        self.params = params
    }
}

extension RPCMessage {
    package var json: JSON {
        switch self {
        case .request(let request):
            ["jsonrpc": "2.0", "id": request.id, "method": .string(request.method), "params": request.params]
        case .notification(let method, let params): ["jsonrpc": "2.0", "method": .string(method), "params": params]
        case .answer(let id, .success(let result)): ["jsonrpc": "2.0", "id": id, "result": result]
        case .answer(let id, .failure(let error)): ["jsonrpc": "2.0", "id": id, "error": error.json]
        }
    }

    package var text: String { json.text }

    /// - Parameter depth: the deepest nesting that is read.
    /// - Throws: ``RPCError`` as JSON-RPC names it: parse error, or invalid request.
    package init(parsing text: String, depth: Int = JSON.maximumDepth) throws(RPCError) {
        let json: JSON
        do { json = try JSON(parsing: text, depth: depth) } catch { throw .parse("\(error)") }
        try self.init(json: json)
    }

    /// The id of a request that is refused, where it can be read: its error is answered under that (JSON-RPC 2.0, section 5).
    package static func readableID(in text: String) -> JSON {
        guard let id = (try? JSON(parsing: text))?["id"], id.string != nil || id.isWhole else { return .null }
        return id
    }

    private init(json: JSON) throws(RPCError) {
        guard let object = json.object else {
            throw .invalidRequest("A message must be an object; batches are not taken.")
        }
        guard object["jsonrpc"] == "2.0" else { throw .invalidRequest("'jsonrpc' must be \"2.0\".") }
        let id = object["id"]
        if let id {
            guard id.string != nil || id.isWhole || id.isNull else {
                throw .invalidRequest("'id' must be text or a whole number.")
            }
        }
        if let method = object["method"] {
            guard let method = method.string else { throw .invalidRequest("'method' must be text.") }
            let params = object["params"] ?? [:]
            guard params.object != nil else { throw .invalidRequest("'params' must be an object.") }
            self =
                id.map { .request(RPCRequest(id: $0, method: method, params: params)) }
                ?? .notification(method: method, params: params)
        } else if let result = object["result"] {
            self = .answer(id: id ?? .null, result: .success(result))
        } else if let error = object["error"].flatMap(RPCError.init(json:)) {
            self = .answer(id: id ?? .null, result: .failure(error))
        } else {
            throw .invalidRequest("A message needs 'method', 'result' or 'error'.")
        }
    }
}

extension JSON {
    /// Whether it is a whole number, however large: an answer gives back the one that was sent.
    fileprivate var isWhole: Bool { int != nil || plainNumber.map { !$0.utf8.contains(UInt8(ascii: ".")) } ?? false }
}
