internal import Foundation
package import Inspection
package import Magma
internal import SessionModel

extension WireRequest {
    /// A request as it is recorded and shown.
    package init(_ request: HookRequest) {
        self.init(
            method: request.method,
            path: request.path,
            query: JSON.Object(joining: request.query),
            headers: JSON.Object(joining: request.headers.map { .init($0.name.lowercased(), $0.value) }),
            body: WireBody(request.body)
        )
    }
}

extension HookRequest {
    /// A recorded or edited request, to be sent again.
    ///
    /// - Throws: `RPCError` when the body is not what its encoding says.
    package init(_ wire: WireRequest) throws(RPCError) {
        self.init(
            method: wire.method.uppercased(),
            path: wire.path,
            query: wire.query.fields,
            headers: wire.headers.fields,
            body: try wire.body?.decoded ?? .none
        )
    }
}

extension WireResponse {
    package init(_ response: HookResponse) {
        let body: WireBody? =
            switch response.body {
            case .none: nil
            case .json(let value): WireBody(value, .json)
            case .text(let text): WireBody(.string(text), .text)
            case .bytes(let bytes): WireBody(bytes: bytes)
            }
        self.init(status: response.status, headers: JSON.Object(joining: response.headers), body: body)
    }
}

extension KeptAnswer {
    /// What a hook answered.
    package init(_ response: HookResponse, session: String?) {
        var wire = WireResponse(response)
        if case .bytes(let bytes) = response.body {
            wire.body = WireBody(.string(Data(bytes).base64EncodedString()), .base64)
        }
        self.init(status: response.status, body: wire.json, session: session)
    }
}

extension HookResponse {
    /// The answer again; `nil` for what is none of a hook.
    package init?(_ kept: KeptAnswer) {
        guard let wire = WireResponse(json: kept.body) else { return nil }
        self.init(status: wire.status, headers: wire.headers.fields)
        guard let stored = wire.body else { return }
        switch (stored.encoding, try? stored.decoded) {
        case (.json, _): body = .json(stored.value)
        case (.text, .bytes(let bytes)): body = .text(String(decoding: bytes, as: UTF8.self))
        case (_, .bytes(let bytes)): body = .bytes(bytes)
        default: return nil
        }
    }
}

extension WireBody {
    init?(_ body: HookRequest.Body) {
        switch body {
        case .none: return nil
        case .json(let value): self.init(value, .json)
        case .bytes(let bytes): self.init(bytes: bytes)
        }
    }

    /// Text when it is UTF-8, base64 otherwise.
    init(bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self.init(.string(text), .text)
        } else {
            self.init(.string(Data(bytes).base64EncodedString()), .base64)
        }
    }

    var decoded: HookRequest.Body {
        get throws(RPCError) {
            switch (encoding, value.string) {
            case (.json, _): return .json(value)
            case (.text, let text?): return .bytes(Array(text.utf8))
            case (.base64, let text?):
                guard let data = Data(base64Encoded: text) else { throw .invalidParams("The body is not base64.") }
                return .bytes(Array(data))
            default: throw .invalidParams("A body of encoding '\(encoding.rawValue)' must be text.")
            }
        }
    }
}

extension JSON.Object {
    /// Fields by name; those that come several times are an array.
    fileprivate init(joining fields: [HookRequest.Field]) {
        self.init(grouping: fields.lazy.map { (name: $0.name, value: JSON.string($0.value)) })
    }

    fileprivate var fields: [HookRequest.Field] {
        flatMap { name, value in
            (value.array ?? [value]).map { HookRequest.Field(name, $0.string ?? $0.text) }
        }
    }
}
