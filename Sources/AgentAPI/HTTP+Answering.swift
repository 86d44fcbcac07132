internal import HTTPTypes
internal import Hummingbird
internal import Magma
internal import NIOCore
internal import SessionModel

extension Response {
    init(_ json: JSON, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]) {
        var fields = fields
        fields[.contentType] = "application/json; charset=utf-8"
        self.init(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    init(_ error: APIError) { self.init(error.json, status: error.status, fields: error.fields) }

    init(_ answer: HookResponse) {
        var fields = HTTPFields()
        for header in answer.headers {
            if let name = HTTPField.Name(header.name), name != .contentLength, name != .transferEncoding {
                fields.append(HTTPField(name: name, value: header.value))
            }
        }
        let (type, bytes): (String?, [UInt8]) =
            switch answer.body {
            case .none: (nil, [])
            case .json(let value): ("application/json; charset=utf-8", value.bytes)
            case .text(let text): ("text/plain; charset=utf-8", Array(text.utf8))
            case .bytes(let bytes): ("application/octet-stream", bytes)
            }
        if let type, fields[.contentType] == nil { fields[.contentType] = type }
        let status = (200...599).contains(answer.status) ? answer.status : 500
        self.init(
            status: HTTPResponse.Status(code: status),
            headers: fields,
            body: bytes.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
