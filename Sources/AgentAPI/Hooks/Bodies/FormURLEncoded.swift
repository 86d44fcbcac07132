internal import SessionModel

/// `application/x-www-form-urlencoded`, as WHATWG's URL standard parses it: forms and queries. Only too many
/// fields are refused; invalid bytes become U+FFFD.
enum FormURLEncoded {
    /// The fields of a query, which is UTF-8.
    ///
    /// - Throws: `tooMany` for more than `limit` pairs.
    static func fields(
        of query: Substring,
        limit: Int,
        _ tooMany: (Int) -> APIError
    ) throws(APIError) -> [(name: String, value: String)] {
        try pairs(Array(query.utf8)[...], limit, tooMany).map {
            (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
        }
    }

    /// The fields of a form.
    ///
    /// - Parameter charset: from the content type; without one, a field `_charset_` names it, or `charset` as
    ///   PayPal sends it; otherwise it is UTF-8.
    static func fields(
        of body: [UInt8],
        charset: Charset?,
        limit: Int,
        _ tooMany: (Int) -> APIError
    ) throws(APIError) -> [(name: String, value: String)] {
        let pairs = try pairs(body[...], limit, tooMany)
        let charset = charset ?? own(pairs) ?? .utf8
        return pairs.map { (charset.decoded($0.name), charset.decoded($0.value)) }
    }

    private static func own(_ pairs: [(name: [UInt8], value: [UInt8])]) -> Charset? {
        for name in ["_charset_", "charset"] {
            let value = pairs.first { $0.name.elementsEqual(name.utf8) }?.value
            if let charset = value.flatMap({ Charset(String(decoding: $0, as: UTF8.self)) }) { return charset }
        }
        return nil
    }

    private static func pairs(
        _ text: ArraySlice<UInt8>,
        _ limit: Int,
        _ tooMany: (Int) -> APIError
    ) throws(APIError) -> [(name: [UInt8], value: [UInt8])] {
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for pair in text.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < limit else { throw tooMany(limit) }
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            pairs.append(
                (
                    PercentEncoding.decoded(name, plusIsSpace: true),
                    PercentEncoding.decoded(pair[name.endIndex...].dropFirst(), plusIsSpace: true)
                )
            )
        }
        return pairs
    }
}
