internal import HTTPTypes
internal import Magma
internal import NIOCore
internal import NIOHTTP1
internal import SessionModel
internal import WebSocket

extension ServerResponse {
    init(_ json: JSON, status: HTTPResponseStatus = .ok, fields: HTTPHeaders = [:]) {
        var fields = fields
        fields.add(name: "content-type", value: Self.jsonType)
        self.init(status: status, headers: fields, body: .whole(ByteBuffer(bytes: json.bytes)))
    }

    /// A chat's answer, with its session's name.
    init(json bytes: [UInt8], status: HTTPResponseStatus = .ok, session: String?) {
        var fields: HTTPHeaders = ["content-type": Self.jsonType]
        if let session { fields.name(session: session) }
        self.init(status: status, headers: fields, body: .whole(ByteBuffer(bytes: bytes)))
    }

    private static let jsonType = "application/json; charset=utf-8"

    package init(_ error: APIError) { self.init(error.json, status: error.status, fields: error.fields) }

    init(_ answer: HookResponse) {
        var fields = HTTPHeaders()
        for header in answer.headers {
            // Checks the name, and takes line ends out of the value.
            guard let name = HTTPField.Name(header.name), name != .contentLength, name != .transferEncoding else {
                continue
            }
            fields.add(name: name.rawName, value: HTTPField(name: name, value: header.value).value)
        }
        let (type, bytes): (String?, [UInt8]) =
            switch answer.body {
            case .none: (nil, [])
            case .json(let value): (Self.jsonType, value.bytes)
            case .text(let text): ("text/plain; charset=utf-8", Array(text.utf8))
            case .bytes(let bytes): ("application/octet-stream", bytes)
            }
        if let type, !fields.contains(name: "content-type") { fields.add(name: "content-type", value: type) }
        let status = (200...599).contains(answer.status) ? answer.status : 500
        self.init(
            status: HTTPResponseStatus(statusCode: status),
            headers: fields,
            body: .whole(ByteBuffer(bytes: bytes))
        )
    }
}
