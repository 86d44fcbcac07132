internal import Foundation
internal import SessionModel

/// Reads `multipart/form-data` (RFC 7578, on RFC 2046). A file becomes `{"filename","type","data"}` with its bytes in base64;
/// any other part is the text of a field.
struct MultipartForm {
    static let maximumParts = 1000
    /// Maximum bytes of a part's headers.
    private static let longestHead = 16 << 10

    private let delimiter: [UInt8]

    /// - Throws: ``APIError`` `form_invalid` when the content type names no boundary.
    init(_ type: ParameterizedValue) throws(APIError) {
        let boundary = type.bytes("boundary") ?? []
        guard (1...70).contains(boundary.count) else {
            throw .malformed("form_invalid", "The content type names no boundary of 1 to 70 characters.")
        }
        delimiter = Array("--".utf8) + boundary
    }

    /// - Throws: ``APIError`` `form_invalid` that names the part, `fields_too_many`.
    func parse(_ bytes: [UInt8]) throws(APIError) -> JSON {
        guard var line = nextDelimiter(in: bytes, from: 0) else { throw broken("no line with its boundary") }
        let hasReturn = line.hasReturn
        var parts: [Part] = []
        while !line.isLast {
            guard parts.count < Self.maximumParts else {
                throw .tooManyFields("The multipart body", Self.maximumParts)
            }
            let number = parts.count + 1
            guard let next = nextDelimiter(in: bytes, from: line.end, hasReturn: hasReturn) else {
                throw broken("no boundary after part \(number)")
            }
            parts.append(try part(bytes[line.end..<next.begin], number))
            line = next
        }
        let charset = parts.first { $0.name.isExactly("_charset_") }.flatMap { Charset($0.text(nil)) }
        return .object(JSON.Object(grouping: parts.lazy.map { (name: $0.name, value: $0.value(charset)) }))
    }

    private func broken(_ what: String) -> APIError { .malformed("form_invalid", "The multipart body has \(what).") }
}

// MARK: Delimiters

extension MultipartForm {
    /// A line that is a delimiter, with the line breaks around it.
    private struct Delimiter {
        let begin: Int
        let end: Int
        let isLast: Bool
        /// Whether its line ends with CRLF (RFC 2046); if that of the first does not, lines end with a line feed alone.
        let hasReturn: Bool
    }

    /// The next line with only the boundary, `--` after it at the end, and optional spaces (RFC 2046, section 5.1.1).
    ///
    /// - Parameter hasReturn: whether a carriage return must stand before the line feed.
    private func nextDelimiter(in bytes: [UInt8], from start: Int, hasReturn: Bool = false) -> Delimiter? {
        bytes.withUnsafeBufferPointer { bytes in
            var place = start
            while place + delimiter.count <= bytes.count {
                let isFirst = place == start && (start == 0 || bytes[start - 1] == 0x0A)
                let isBehindBreak =
                    place > start && bytes[place - 1] == 0x0A && (!hasReturn || (place > 1 && bytes[place - 2] == 0x0D))
                if isFirst || isBehindBreak, isDelimiter(bytes, at: place), let end = end(of: place, in: bytes) {
                    var begin = place
                    if isBehindBreak { begin -= begin - 1 > start && bytes[begin - 2] == 0x0D ? 2 : 1 }
                    return Delimiter(begin: begin, end: end.end, isLast: end.isLast, hasReturn: end.hasReturn)
                }
                guard let next = bytes[place...].firstIndex(of: 0x0A) else { return nil }
                place = next + 1
            }
            return nil
        }
    }

    private func isDelimiter(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        delimiter.indices.allSatisfy { bytes[place + $0] == delimiter[$0] }
    }

    /// Where the line of a delimiter ends; `nil` when it contains anything else, such as a longer boundary.
    private func end(
        of place: Int,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> (end: Int, isLast: Bool, hasReturn: Bool)? {
        var end = place + delimiter.count
        let isLast = bytes[end...].starts(with: "--".utf8)
        if isLast { end += 2 }
        while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
        if end == bytes.count { return isLast ? (end, true, true) : nil }
        if bytes[end...].starts(with: [0x0D, 0x0A]) { return (end + 2, isLast, true) }
        return bytes[end] == 0x0A ? (end + 1, isLast, false) : nil
    }
}

// MARK: Parts

extension MultipartForm {
    private struct Part {
        let name: String
        let filename: String?
        let type: ParameterizedValue?
        let typeText: String?
        let body: [UInt8]

        /// - Parameter charset: the form's default, for parts that name none.
        func value(_ charset: Charset?) -> JSON {
            let isText = type.map { $0.value.isEmpty || $0.value.hasPrefix("text/") } ?? true
            guard filename != nil || (!isText && String(validating: body, as: UTF8.self) == nil) else {
                return .string(text(charset))
            }
            return [
                "filename": .string(filename ?? ""), "type": .string(typeText ?? "application/octet-stream"),
                "data": .string(Data(body).base64EncodedString()),
            ]
        }

        func text(_ charset: Charset?) -> String {
            (type?.text("charset").flatMap { Charset($0) } ?? charset ?? .utf8).decoded(body)
        }
    }

    private func part(_ part: ArraySlice<UInt8>, _ number: Int) throws(APIError) -> Part {
        var rest = part
        var headers: [(name: String, value: ArraySlice<UInt8>)] = []
        while !rest.isEmpty || headers.isEmpty {
            guard rest.startIndex - part.startIndex <= Self.longestHead, let line = Self.line(&rest) else {
                throw broken("no empty line after the headers of part \(number)")
            }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = String(decoding: line[..<colon].filter { $0 > 0x20 }, as: UTF8.self).lowercased()
            headers.append((name, line[(colon + 1)...].drop { $0 <= 0x20 }))
        }
        func header(_ name: String) -> ArraySlice<UInt8>? { headers.first { $0.name.isExactly(name) }?.value }
        let disposition = header("content-disposition").map { ParameterizedValue($0) }
        guard let name = disposition?.text("name") else { throw broken("no name for part \(number)") }
        let type = header("content-type")
        let coding = header("content-transfer-encoding").map { ParameterizedValue($0).value } ?? ""
        return Part(
            name: name,
            filename: disposition?.text("filename"),
            type: type.map { ParameterizedValue($0) },
            typeText: type.map { Charset.text(Array($0)).trimmingCharacters(in: .whitespaces) },
            body: try decoded(Array(rest), coding, number)
        )
    }

    /// The next line, with its continuation lines (RFC 5322, section 2.2.3); `nil` when it has no end.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var line: ArraySlice<UInt8> = []
        while let end = rest.firstIndex(of: 0x0A) {
            var piece = rest[..<end]
            if piece.last == 0x0D { piece.removeLast() }
            line += piece
            rest = rest[(end + 1)...]
            let isContinued = !line.isEmpty && (rest.first == 0x20 || rest.first == 0x09)
            if !isContinued { return line }
        }
        return nil
    }

    /// Decodes `Content-Transfer-Encoding`, which RFC 7578, section 4.7, deprecates.
    private func decoded(_ body: [UInt8], _ coding: String, _ number: Int) throws(APIError) -> [UInt8] {
        switch coding {
        case "base64":
            guard let data = Data(base64Encoded: Data(body), options: .ignoreUnknownCharacters) else {
                throw broken("invalid base64 in part \(number)")
            }
            return Array(data)
        case "quoted-printable": return QuotedPrintable.decoded(body)
        default: return body
        }
    }
}

/// RFC 2045, section 6.7.
private enum QuotedPrintable {
    static func decoded(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                output.append(byte)
                continue
            }
            if rest.first == 0x0A || rest.starts(with: [0x0D, 0x0A]) {
                rest = rest.dropFirst(rest.first == 0x0A ? 1 : 2)
            } else if rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                output.append(code)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return output
    }
}
