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
        guard let begin = Self.place(of: boundary, in: bytes, from: 0) else { throw broken("no boundary") }
        let separator = Array("\r\n".utf8) + boundary
        var end = begin + boundary.count
        var fields: [(name: String, value: JSON)] = []
        while !bytes[end...].starts(with: "--".utf8) {
            guard fields.count < Self.maximumParts else {
                throw .tooManyFields("The multipart body", Self.maximumParts)
            }
            guard let next = Self.place(of: separator, in: bytes, from: end) else {
                throw broken("a part without an end")
            }
            fields.append(try part(bytes[end..<next]))
            end = next + separator.count
        }
        return .object(JSON.Object(grouping: fields))
    }

    /// Where a pattern stands next. It is at most 74 bytes long, so the time is in proportion to what is passed over.
    private static func place(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes -> Int? in
            var place = start
            while place + pattern.count <= bytes.count {
                if bytes[place] == pattern[0], (1..<pattern.count).allSatisfy({ bytes[place + $0] == pattern[$0] }) {
                    return place
                }
                place += 1
            }
            return nil
        }
    }

    private func part(_ part: ArraySlice<UInt8>) throws(APIError) -> (name: String, value: JSON) {
        let bytes = Array(part)
        guard let gap = Self.place(of: Array("\r\n\r\n".utf8), in: bytes, from: 0),
            let head = String(validating: bytes[..<gap], as: UTF8.self)
        else { throw broken("a part without headers") }
        let headers = head.split(separator: "\r\n").map(String.init)
        let disposition = headers.first { $0.lowercased().hasPrefix("content-disposition:") } ?? ""
        guard let name = parameter("name", of: disposition) else { throw broken("a part without a name") }
        let body = bytes[(gap + 4)...]
        if let filename = parameter("filename", of: disposition) {
            let type = headers.first { $0.lowercased().hasPrefix("content-type:") }.map {
                String($0.dropFirst(13)).trimmingCharacters(in: .whitespaces)
            }
            return (
                name,
                [
                    "filename": .string(filename), "type": .string(type ?? "application/octet-stream"),
                    "data": .string(Data(body).base64EncodedString()),
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
