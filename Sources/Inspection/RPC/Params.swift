package import SessionModel

/// The parameters of a request, read with errors that name the member.
package struct Params: Sendable {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    package func text(_ name: String) throws(RPCError) -> String {
        guard let text = try optionalText(name) else { throw .invalidParams("'\(name)' is missing.") }
        return text
    }

    package func optionalText(_ name: String) throws(RPCError) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { throw .invalidParams("'\(name)' must be text.") }
        return text
    }

    /// - Parameter range: what is allowed; outside of it is an error.
    package func int(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws(RPCError) -> Int {
        try optionalInt(name, in: range) ?? fallback
    }

    package func optionalInt(_ name: String, in range: ClosedRange<Int> = 0...Int.max) throws(RPCError) -> Int? {
        guard let value = present(name) else { return nil }
        guard let number = value.int else { throw .invalidParams("'\(name)' must be a whole number.") }
        guard range.contains(number) else {
            throw .invalidParams("'\(name)' is \(number); it must be \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    package func flag(_ name: String) throws(RPCError) -> Bool {
        guard let value = present(name) else { return false }
        guard let flag = value.bool else { throw .invalidParams("'\(name)' must be true or false.") }
        return flag
    }

    package func texts(_ name: String) throws(RPCError) -> [String]? {
        guard let value = present(name) else { return nil }
        guard let items = value.array else { throw .invalidParams("'\(name)' must be an array of texts.") }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else { throw .invalidParams("'\(name)' must be an array of texts.") }
        return texts
    }

    package func object(_ name: String) throws(RPCError) -> JSON? {
        guard let value = present(name) else { return nil }
        guard value.object != nil else { throw .invalidParams("'\(name)' must be an object.") }
        return value
    }

    private func present(_ name: String) -> JSON? {
        guard let value = json[name], !value.isNull else { return nil }
        return value
    }
}
