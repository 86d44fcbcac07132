internal import SessionModel

/// Checks the numbers of a capsule's parts, which anyone may have written: each must be within what its member can be. A
/// capsule with one that is not is refused, where the same in a store of our own is brought to the nearest bound.
enum CapsuleNumbers {
    private static let counts: Set<ExactString> = ["cause", "of", "count", "number", "input", "output", "status"]
    private static let tokens: Set<ExactString> = [
        "input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens",
    ]
    private static let times: Set<ExactString> = ["at", "created", "active", "received", "scheduled", "expires"]
    /// Members whose own numbers are the capsule's.
    private static let nested: Set<ExactString> = ["tokens", "usage", "from", "to", "changed", "trouble", "fold"]

    /// So that a session can go on from it.
    private static let lastSeq = 1 << 52

    /// - Parameters:
    ///   - json: a head, an event, an exchange, a snapshot or a checkpoint. What agents and their users have made of it is
    ///     not looked at.
    ///   - place: what it is, for the error's sentence.
    /// - Throws: ``RuntimeError`` `capsule_invalid` that names the member, its value and what it may be.
    static func check(_ json: JSON, _ place: @autoclosure () -> String) throws(RuntimeError) {
        for (member, value) in json.object ?? [:] {
            let name = ExactString(member)
            if name == "seq" {
                try check(value, member, place(), 0, Double(lastSeq))
            } else if counts.contains(name) || tokens.contains(name) || (name == "to" && value.double != nil) {
                try check(value, member, place(), 0, Double(NumberRange.count.upperBound))
            } else if times.contains(name) {
                try check(value, member, place(), 0, Double(NumberRange.time.upperBound))
            } else if name == "duration" {
                try check(value, member, place(), 0, NumberRange.duration.upperBound)
            } else if name == "blame" {
                for (field, seq) in value.object ?? [:] {
                    try check(seq, field, "the blame of \(place())", 0, Double(NumberRange.count.upperBound))
                }
            } else if nested.contains(name), value.object != nil {
                try check(value, "'\(name)' of \(place())")
                if let from = value.count("from"), let to = value.count("to"), from > to {
                    throw .capsule("'\(name)' of \(place()) ends at \(to), before it begins at \(from)")
                }
            }
        }
    }

    private static func check(
        _ value: JSON,
        _ name: String,
        _ place: String,
        _ least: Double,
        _ most: Double
    ) throws(RuntimeError) {
        guard let number = value.double, !(least...most).contains(number) else { return }
        throw .capsule(
            "'\(name.prefix(bytes: 40))' of \(place) is \(value.text.prefix(bytes: 40)); it must be \(Int64(least)) to \(Int64(most))"
        )
    }
}
