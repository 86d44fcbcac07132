internal import SessionModel

/// The media types that an `Accept` header names, with their weights (RFC 9110, section 12.5.1).
struct AcceptedTypes: Sendable {
    /// How many are read.
    private static let most = 100

    private let weights: [(type: String, weight: Double)]

    init(_ header: String) {
        weights = Self.items(of: Array(header.utf8)).prefix(Self.most).map { item in
            let value = ParameterizedValue(item)
            let weight = value.text("q").flatMap(Double.init) ?? 1
            return (value.value, (0...1).contains(weight) ? weight : 1)
        }
    }

    /// Whether events are named, and no less wanted than JSON.
    var preferEvents: Bool {
        guard let events = weight(of: "text/event-stream"), events > 0 else { return false }
        let json = weight(of: "application/json") ?? weight(of: "application/*") ?? weight(of: "*/*") ?? 0
        return events >= json
    }

    /// The weight of a type, or of a range of types as it is written.
    private func weight(of type: String) -> Double? { weights.first { $0.type.isExactly(type) }?.weight }

    /// What stands between commas that are not in quotes.
    private static func items(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var (items, start, isQuoted, isEscaped) = ([ArraySlice<UInt8>](), 0, false, false)
        for (index, byte) in bytes.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isQuoted
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                items.append(bytes[start..<index])
                start = index + 1
            }
        }
        return items + [bytes[start...]]
    }
}
