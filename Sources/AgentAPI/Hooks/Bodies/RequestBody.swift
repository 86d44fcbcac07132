internal import Magma
internal import NIOHTTP1
internal import SessionModel

/// Reads a request's body by its content type.
enum RequestBody {
    /// Maximum fields of a form.
    static let maximumFields = 10_000

    /// JSON and forms become JSON; anything else stays bytes, and an empty body is none.
    ///
    /// - Throws: ``APIError`` `json_invalid`, `form_invalid`, `fields_too_many` or `charset_unsupported`.
    static func parse(_ bytes: [UInt8], type: String) throws(APIError) -> HookRequest.Body {
        guard !bytes.isEmpty else { return .none }
        let type = ParameterizedValue(type)
        if type.value == "application/json" || type.value.hasSuffix("+json") { return .json(try json(bytes, type)) }
        switch type.value {
        case "application/x-www-form-urlencoded":
            let fields = try FormURLEncoded.fields(of: bytes, charset: try charset(of: type), limit: maximumFields) {
                .tooManyFields("The form", $0)
            }
            return .json(.object(JSON.Object(grouping: fields.lazy.map { (name: $0.name, value: .string($0.value)) })))
        case "multipart/form-data": return .json(try MultipartForm(type).parse(bytes))
        default: return .bytes(bytes)
        }
    }

    /// Reads JSON as UTF-8 (RFC 8259, section 8.1), unless its byte order mark or content type names another one.
    static func json(_ bytes: [UInt8], _ type: ParameterizedValue) throws(APIError) -> JSON {
        let bytes = try utf8(bytes, type)
        do { return try JSON(parsing: bytes) } catch { throw .jsonInvalid(error) }
    }

    /// JSON of this server's own API: an object without repeated members.
    static func ownJSON(_ bytes: [UInt8]) throws(APIError) -> JSON {
        let bytes = try utf8(bytes, ParameterizedValue(""))
        do { return try JSON(parsing: bytes, withoutRepeatedMembers: ()) } catch { throw .jsonInvalid(error) }
    }

    private static func utf8(_ bytes: [UInt8], _ type: ParameterizedValue) throws(APIError) -> [UInt8] {
        var bytes = bytes
        if bytes.starts(with: Charset.mark) {
            bytes.removeFirst(Charset.mark.count)
        } else if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            bytes = Array(Charset.utf16(isBigEndian: false).decoded(bytes).utf8)
        } else if let charset = try charset(of: type), charset != .utf8 {
            bytes = Array(charset.decoded(bytes).utf8)
        }
        return bytes
    }

    /// The charset that a content type names.
    ///
    /// - Throws: ``APIError`` `charset_unsupported` when it is unknown.
    private static func charset(of type: ParameterizedValue) throws(APIError) -> Charset? {
        guard let label = type.text("charset"), !label.isEmpty else { return nil }
        guard let charset = Charset(label) else {
            throw APIError(
                .unsupportedMediaType,
                "charset_unsupported",
                "The charset '\(label.prefix(bytes: 40))' of the body is not known; send UTF-8."
            )
        }
        return charset
    }
}
