internal import Foundation

extension JSON: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .int(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .literal(Literal(text: String(value)))
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(
                Object(try container.decode([String: JSON].self).sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            )
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .literal(let value):
            if let number = UInt64(value.text) {
                try container.encode(number)
            } else if let number = Decimal(string: value.text), number.description == value.decimal.plainText {
                try container.encode(number)
            } else {
                try container.encode(value.double)
            }
        case .string(let value): try container.encode(value)
        case .array(let items): try container.encode(items)
        case .object(let members):
            try container.encode(Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) }))
        }
    }

    /// Any encodable value as JSON; plain types are converted directly, the rest goes through `JSONEncoder`.
    ///
    /// - Throws: what the value's own encoding throws, such as for a number that is not finite; ``JSONError`` when it is
    ///   nested deeper than ``maximumDepth``.
    public init(encoding value: some Encodable) throws {
        switch value {
        case let value as Int: self = .int(value)
        case let value as String: self = .string(value)
        case let value as Bool: self = .bool(value)
        case let value as JSON:
            guard value.depth <= Self.maximumDepth else {
                throw JSONError(problem: "nested deeper than \(Self.maximumDepth)", offset: 0)
            }
            self = value
        default:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try self.init(parsing: Array(encoder.encode(value)))
        }
    }

    /// This value read as `Value`.
    ///
    /// - Throws: `DecodingError`, which names the member that does not fit.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        switch self {
        case .int(let value): if let value = value as? Value { return value }
        case .literal(let value): if let value = value.int as? Value { return value }
        case .string(let value): if let value = value as? Value { return value }
        case .bool(let value): if let value = value as? Value { return value }
        default: break
        }
        if let value = self as? Value { return value }
        return try JSONDecoder().decode(Value.self, from: Data(bytes))
    }
}
