internal import Foundation
package import Magma
internal import SessionModel

extension RecordedRequest {
    /// A request as it is recorded and shown.
    package init(_ request: HookRequest) {
        self.init(
            method: request.method,
            path: request.path,
            query: JSON.Object(joining: request.query),
            headers: JSON.Object(joining: request.headers.map { .init($0.name.lowercased(), $0.value) }),
            body: RecordedBody(request.body)
        )
    }
}

extension HookRequest {
    /// A recorded or edited request, to be sent again.
    ///
    /// - Throws: ``RuntimeError`` `invalid_params` when the body is not what its encoding says.
    package init(_ recorded: RecordedRequest) throws(RuntimeError) {
        self.init(
            method: recorded.method.uppercased(),
            path: recorded.path,
            query: recorded.query.fields,
            headers: recorded.headers.fields,
            body: try recorded.body?.decoded ?? .none
        )
    }
}

extension RecordedResponse {
    package init(_ response: HookResponse) {
        let body: RecordedBody? =
            switch response.body {
            case .none: nil
            case .json(let value): RecordedBody(value, .json)
            case .text(let text): RecordedBody(.string(text), .text)
            case .bytes(let bytes): RecordedBody(bytes: bytes)
            }
        self.init(status: response.status, headers: JSON.Object(joining: response.headers), body: body)
    }
}

extension StoredResponse {
    /// What a hook answered.
    package init(_ response: HookResponse, session: String?) {
        var recorded = RecordedResponse(response)
        if case .bytes(let bytes) = response.body {
            recorded.body = RecordedBody(.string(Data(bytes).base64EncodedString()), .base64)
        }
        self.init(status: response.status, body: recorded.capsuleForm, session: session)
    }
}

extension HookResponse {
    /// The answer again; `nil` for what is none of a hook.
    package init?(_ kept: StoredResponse) {
        guard let recorded = RecordedResponse(capsuleForm: kept.body) else { return nil }
        self.init(status: recorded.status, headers: recorded.headers.fields)
        guard let stored = recorded.body else { return }
        switch (stored.encoding, try? stored.decoded) {
        case (.json, _): body = .json(stored.value)
        case (.text, .bytes(let bytes)): body = .text(String(decoding: bytes, as: UTF8.self))
        case (_, .bytes(let bytes)): body = .bytes(bytes)
        default: return nil
        }
    }
}

extension RecordedBody {
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
        get throws(RuntimeError) {
            switch (encoding, value.string) {
            case (.json, _): return .json(value)
            case (.text, let text?): return .bytes(Array(text.utf8))
            case (.base64, let text?):
                guard let data = Data(base64Encoded: text) else { throw .bodyInvalid("The body is not base64.") }
                return .bytes(Array(data))
            default: throw .bodyInvalid("A body of encoding '\(encoding.rawValue)' must be text.")
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

extension RuntimeError {
    fileprivate static func bodyInvalid(_ why: String) -> RuntimeError {
        RuntimeError(.malformed, "invalid_params", why)
    }
}
