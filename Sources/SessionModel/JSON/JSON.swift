/// A JSON value (RFC 8259). Objects keep the order in which their members were written, numbers their text. Strings and
/// names are compared by their UTF-8 bytes, not by Unicode equivalence.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    /// A number that is kept as it was written.
    case literal(Literal)
    case string(String)
    case array([JSON])
    case object(Object)

    /// Numbers compare by value, `3` and `3.0` alike, strings by their bytes.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Double(exactly: a) == b
        case (.literal(let a), .literal(let b)): a.text.isExactly(b.text) || a.decimal == b.decimal
        case (.literal(let a), .int(let b)), (.int(let b), .literal(let a)): a.decimal == DecimalForm(String(b))
        case (.literal(let a), .double(let b)), (.double(let b), .literal(let a)):
            a.decimal == DecimalForm(b.description)
        case (.string(let a), .string(let b)): a.isExactly(b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(Double(value))
        case .double(let value): hasher.combine(value)
        case .literal(let value): hasher.combine(value.double)
        case .string(let value): hasher.combine(ExactString(value))
        case .array(let items): hasher.combine(items)
        case .object(let members): hasher.combine(members)
        }
    }
}

extension JSON {
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// A text that may be one of a protocol's keywords: at most 64 bytes. Longer ones are none, and comparing them can
    /// be made slow on purpose.
    package var word: String? { string.flatMap { $0.utf8.count <= 64 ? $0 : nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var object: Object? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The whole number, also when it was written as `3.0`.
    public var int: Int? {
        switch self {
        case .int(let value): value
        case .double(let value): Int(exactly: value)
        case .literal(let value): value.int
        default: nil
        }
    }

    public var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .literal(let value): value.double
        default: nil
        }
    }

    /// The depth of nesting: 1 for a value without values inside.
    package var depth: Int {
        switch self {
        case .array(let items): 1 + (items.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.lazy.map(\.value.depth).max() ?? 0)
        default: 1
        }
    }

    /// About how many bytes it takes in memory.
    package var size: Int {
        switch self {
        case .string(let text): text.utf8.count + 16
        case .literal(let number): number.text.utf8.count + 16
        case .array(let items): items.reduce(16) { $0 + $1.size }
        case .object(let members): members.reduce(16) { $0 + $1.name.utf8.count + $1.value.size }
        default: 16
        }
    }

    /// The member of that name, or `nil` when there is none or this is not an object.
    public subscript(_ name: String) -> JSON? { object?[name] }

    /// An object of the members that have a value: absent ones are left out.
    ///
    /// - Precondition: the names differ.
    public static func members(_ pairs: KeyValuePairs<String, JSON?>) -> JSON {
        .object(Object(distinct: pairs))
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// - Precondition: the names differ.
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Object(distinct: elements)) }
}

extension Optional<JSON> {
    /// `nil` stays absent; a value is wrapped by `make`.
    package static func from<Value>(_ value: Value?, _ make: (Value) -> JSON) -> JSON? { value.map(make) }
}
