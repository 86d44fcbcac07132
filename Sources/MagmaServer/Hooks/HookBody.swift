internal import Magma
internal import SessionModel

/// Reads a webhook's body by its content type.
enum HookBody {
    /// Fields of a form.
    static let maximumFields = 10_000

    /// JSON and forms become JSON; anything else stays bytes, and an empty body is none.
    ///
    /// - Throws: ``APIError`` `json_invalid` or `form_invalid`.
    static func parse(_ bytes: [UInt8], type: String) throws(APIError) -> HookRequest.Body {
        guard !bytes.isEmpty else { return .none }
        let media = type.split(separator: ";").first.map { $0.lowercased().filter { !$0.isWhitespace } } ?? ""
        if media == "application/json" || media.hasSuffix("+json") {
            do { return .json(try JSON(parsing: bytes)) } catch { throw .jsonInvalid(error) }
        }
        switch media {
        case "application/x-www-form-urlencoded": return .json(try form(bytes))
        case "multipart/form-data": return .json(try MultipartForm(type: type).parse(bytes))
        default: return .bytes(bytes)
        }
    }

    private static func form(_ bytes: [UInt8]) throws(APIError) -> JSON {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed("form_invalid", "The form is not UTF-8.")
        }
        let fields = try Address.pairs(text[...], limit: maximumFields) { .tooManyFields("The form", $0) }
        return .object(JSON.Object(grouping: fields.lazy.map { (name: $0.name, value: JSON.string($0.value)) }))
    }
}
