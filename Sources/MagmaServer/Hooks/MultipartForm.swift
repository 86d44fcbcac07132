internal import Foundation
internal import SessionModel

/// Reads `multipart/form-data` (RFC 7578). A file becomes `{"filename","type","data"}` with its bytes in base64.
struct MultipartForm {
    static let maximumParts = 1000

    private let boundary: [UInt8]

    /// - Throws: ``APIError`` `form_invalid` when the content type names no boundary.
    init(type: String) throws(APIError) {
        let parameters = type.split(separator: ";").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
        let value = parameters.first { $0.lowercased().hasPrefix("boundary=") }?.dropFirst(9)
        let name = value.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "\"")) } ?? ""
        guard (1...70).contains(name.utf8.count) else {
            throw .malformed("form_invalid", "The content type names no boundary of 1 to 70 characters.")
        }
        boundary = Array("--\(name)".utf8)
    }

    func parse(_ bytes: [UInt8]) throws(APIError) -> JSON {
        let data = Data(bytes)
        let separator = Data(boundary)
        guard var end = data.range(of: separator)?.upperBound else { throw broken("no boundary") }
        var fields: [(name: String, value: JSON)] = []
        while !data[end...].starts(with: Data("--".utf8)) {
            guard let next = data.range(of: Data("\r\n".utf8) + separator, in: end..<data.endIndex) else {
                throw broken("a part without an end")
            }
            guard fields.count < Self.maximumParts else {
                throw .tooManyFields("The multipart body", Self.maximumParts)
            }
            fields.append(try part(data[end..<next.lowerBound]))
            end = next.upperBound
        }
        return .object(JSON.Object(grouping: fields))
    }

    private func part(_ data: Data) throws(APIError) -> (name: String, value: JSON) {
        guard let gap = data.range(of: Data("\r\n\r\n".utf8)),
            let head = String(validating: data[data.startIndex..<gap.lowerBound], as: UTF8.self)
        else { throw broken("a part without headers") }
        let headers = head.split(separator: "\r\n").map(String.init)
        let disposition = headers.first { $0.lowercased().hasPrefix("content-disposition:") } ?? ""
        guard let name = parameter("name", of: disposition) else { throw broken("a part without a name") }
        let body = data[gap.upperBound...]
        if let filename = parameter("filename", of: disposition) {
            let type = headers.first { $0.lowercased().hasPrefix("content-type:") }.map {
                String($0.dropFirst(13)).trimmingCharacters(in: .whitespaces)
            }
            return (
                name,
                [
                    "filename": .string(filename), "type": .string(type ?? "application/octet-stream"),
                    "data": .string(body.base64EncodedString()),
                ]
            )
        }
        guard let text = String(validating: body, as: UTF8.self) else { throw broken("a field that is not UTF-8") }
        return (name, .string(text))
    }

    private func parameter(_ name: String, of header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let text = piece.trimmingCharacters(in: .whitespaces)
            if text.lowercased().hasPrefix("\(name)=") {
                return text.dropFirst(name.count + 1).trimmingCharacters(in: CharacterSet(charactersIn: "\""))
            }
        }
        return nil
    }

    private func broken(_ what: String) -> APIError { .malformed("form_invalid", "The multipart body has \(what).") }
}
