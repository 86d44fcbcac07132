internal import CZlib
internal import NIOHTTP1
internal import SessionModel

/// Decodes a body by its `Content-Encoding` (RFC 9110, section 8.4): gzip and deflate.
enum ContentCoding {
    static let known = "gzip, deflate"
    /// Maximum codings applied on top of each other.
    private static let mostLayers = 2

    /// - Throws: ``APIError`` `encoding_unsupported`, `encoding_invalid`, `body_too_large`.
    static func decoded(_ body: [UInt8], _ header: String?, limit: Int) throws(APIError) -> [UInt8] {
        guard let header, !body.isEmpty else { return body }
        let codings = header.lowercased().split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter {
            !$0.isEmpty && $0 != "identity"
        }
        guard codings.count <= mostLayers, codings.allSatisfy({ ["gzip", "x-gzip", "deflate"].contains($0) }) else {
            throw .encodingUnsupported(header)
        }
        var body = body
        // The coding that was applied last is removed first.
        for coding in codings.reversed() {
            let isGzip = coding != "deflate"
            // Some clients send deflate without the zlib wrapper that the standard requires.
            let window = isGzip ? 16 + MAX_WBITS : hasZlibHead(body) ? MAX_WBITS : -MAX_WBITS
            body = try inflated(body, window: window, coding, limit)
        }
        return body
    }

    /// Whether it begins with a zlib header (RFC 1950): method 8, and a multiple of 31.
    private static func hasZlibHead(_ body: [UInt8]) -> Bool {
        body.count >= 2 && body[0] & 0x0F == 8 && (Int(body[0]) << 8 | Int(body[1])) % 31 == 0
    }

    private static func inflated(_ body: [UInt8], window: Int32, _ coding: String, _ limit: Int) throws(APIError)
        -> [UInt8]
    {
        var stream = z_stream()
        guard inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .overloaded
        }
        defer { inflateEnd(&stream) }
        var input = body
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var status = Z_OK
        var offset = 0
        while status == Z_OK || (status == Z_STREAM_END && offset < input.count) {
            // A gzip file may have several members, one after the other (RFC 1952, section 2.2).
            if status == Z_STREAM_END, inflateReset(&stream) != Z_OK { break }
            let (count, capacity) = (input.count, buffer.count)
            let produced = input.withUnsafeMutableBufferPointer { input in
                buffer.withUnsafeMutableBufferPointer { buffer in
                    stream.next_in = input.baseAddress?.advanced(by: offset)
                    stream.avail_in = UInt32(count - offset)
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(capacity)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return capacity - Int(stream.avail_out)
                }
            }
            let used = count - Int(stream.avail_in) - offset
            offset = count - Int(stream.avail_in)
            guard produced <= limit - output.count else { throw .bodyTooLarge(limit) }
            output += buffer[..<produced]
            if status == Z_OK || status == Z_BUF_ERROR, produced == 0, used == 0 { break }
        }
        guard status == Z_STREAM_END else { throw .encodingInvalid(coding) }
        return output
    }
}

extension APIError {
    fileprivate static func encodingUnsupported(_ header: String) -> APIError {
        APIError(
            .unsupportedMediaType,
            "encoding_unsupported",
            "The Content-Encoding '\(header.prefix(bytes: 80))' is not supported; send \(ContentCoding.known) or none.",
            fields: ["accept-encoding": ContentCoding.known]
        )
    }

    fileprivate static func encodingInvalid(_ coding: String) -> APIError {
        .malformed("encoding_invalid", "The body is not complete \(coding), although its Content-Encoding says so.")
    }
}
