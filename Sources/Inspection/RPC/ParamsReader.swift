package import SessionModel

/// Reads the members of parameters, with errors that name the one which is wrong.
package struct ParamsReader: Sendable {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    package func text(_ name: String) throws(RPCError) -> String {
        guard let text = try optionalText(name) else { throw .invalidParams("'\(name)' is missing.") }
        return text
    }

    package func optionalText(_ name: String) throws(RPCError) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { throw .invalidParams("'\(name)' must be text.") }
        guard text.utf8.count <= Self.longestText else {
            throw .invalidParams("'\(name)' has \(text.utf8.count) bytes; at most \(Self.longestText) are taken.")
        }
        return text
    }

    /// Bytes of an id, a name, a path or a filter.
    private static let longestText = 8192

    /// Texts of an array, such as kinds.
    private static let mostTexts = 100

    /// - Parameter range: what is allowed; outside of it is an error.
    package func int(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws(RPCError) -> Int {
        try optionalInt(name, in: range) ?? fallback
    }

    /// - Parameter range: by default what an offset, a count or a `seq` may be.
    package func optionalInt(
        _ name: String,
        in range: ClosedRange<Int> = NumberRange.count
    ) throws(RPCError) -> Int? {
        guard let value = present(name) else { return nil }
        guard let text = value.plainNumber ?? value.double.map({ "\($0)" }) else {
            throw .invalidParams("'\(name)' must be a whole number.")
        }
        guard let number = value.int, range.contains(number) else {
            if value.int == nil, abs(value.double ?? 0) < 0x1p53 {
                throw .invalidParams("'\(name)' must be a whole number.")
            }
            throw .invalidParams(
                "'\(name)' is \(text.prefix(bytes: 40)); it must be \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    /// Milliseconds since 1970.
    package func optionalTime(_ name: String) throws(RPCError) -> Int64? {
        try optionalInt(name, in: Int(NumberRange.time.lowerBound)...Int(NumberRange.time.upperBound)).map(Int64.init)
    }

    /// The `seq` of an event, or the name of a snapshot.
    package func optionalMoment(_ name: String) throws(RPCError) -> Moment? {
        if json[name]?.string != nil { return try optionalText(name).map(Moment.snapshot) }
        return try optionalInt(name).map { .seq($0) }
    }

    package func flag(_ name: String) throws(RPCError) -> Bool {
        guard let value = present(name) else { return false }
        guard let flag = value.bool else { throw .invalidParams("'\(name)' must be true or false.") }
        return flag
    }

    package func texts(_ name: String) throws(RPCError) -> [String]? {
        guard let value = present(name) else { return nil }
        guard let items = value.array else { throw .invalidParams("'\(name)' must be an array of texts.") }
        guard items.count <= Self.mostTexts else {
            throw .invalidParams("'\(name)' has \(items.count) texts; at most \(Self.mostTexts) are taken.")
        }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else { throw .invalidParams("'\(name)' must be an array of texts.") }
        return texts
    }

    /// Texts each of which is one of some words.
    package func texts(_ name: String, of words: [String]) throws(RPCError) -> [String]? {
        let texts = try texts(name)
        if let other = texts?.first(where: { text in !words.contains { $0.isExactly(text) } }) {
            throw .invalidParams(
                "'\(name)' holds '\(other.prefix(bytes: 40))'; it may hold \(words.joined(separator: ", "))."
            )
        }
        return texts
    }

    package func object(_ name: String) throws(RPCError) -> JSON? {
        guard let value = present(name) else { return nil }
        guard value.object != nil else { throw .invalidParams("'\(name)' must be an object.") }
        return value
    }

    /// Whatever it is, but for null.
    package func value(_ name: String) -> JSON? { present(name) }

    private func present(_ name: String) -> JSON? {
        guard let value = json[name], !value.isNull else { return nil }
        return value
    }
}
