internal import SessionModel
internal import Synchronization

/// Reads a type's shape off its own `init(from:)`: a decoder that answers every question with a blank value, and notes
/// what it was asked.
enum SchemaReader {
    static func schema(of type: any Decodable.Type) -> JSON {
        let notes = Notes()
        _ = try? type.init(from: BlankDecoder(notes: notes))
        return notes.schema
    }

    fileprivate final class Notes: Sendable {
        private struct State {
            var properties = JSON.Object()
            var required: [String] = []
            var other: JSON?
        }

        private let state = Mutex(State())

        func property(_ name: String, _ type: any Decodable.Type, isRequired: Bool) {
            let schema = JSONSchema.of(type)
            state.withLock { state in
                state.properties[name] = schema
                if isRequired, !state.required.contains(name) { state.required.append(name) }
            }
        }

        func other(_ schema: JSON) { state.withLock { $0.other = schema } }

        var schema: JSON {
            state.withLock { state in
                if let other = state.other, state.properties.isEmpty { return other }
                return [
                    "type": "object", "properties": .object(state.properties),
                    "required": .array(state.required.map(JSON.string)), "additionalProperties": false,
                ]
            }
        }
    }

    /// There is no blank value to give, such as an item of an empty list.
    fileprivate struct NoBlank: Error {}

    fileprivate static func blank<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let simple: Any? =
            switch type {
            case is String.Type: ""
            case is Bool.Type: false
            case is JSON.Type: JSON.null
            default: nil
            }
        if let value = simple as? Value { return value }
        if let optional = type as? any OptionalBlank.Type, let value = optional.blank as? Value { return value }
        if let number = type as? any Numeric.Type, let value = number.init(exactly: 0) as? Value { return value }
        if let all = type as? any CaseIterable.Type, let value = first(all) as? Value { return value }
        return try type.init(from: BlankDecoder(notes: Notes()))
    }

    private static func first<All: CaseIterable>(_ type: All.Type) -> Any? { type.allCases.first }
}

private protocol OptionalBlank {
    static var blank: Any { get }
}

extension Optional: OptionalBlank {
    static var blank: Any { Self.none as Any }
}

private struct BlankDecoder: Decoder {
    let notes: SchemaReader.Notes
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(BlankKeyed(notes: notes))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        notes.other(["type": "array"])
        return BlankUnkeyed()
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { BlankSingle(notes: notes) }
}

private struct BlankKeyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let notes: SchemaReader.Notes
    let codingPath: [any CodingKey] = []
    let allKeys: [Key] = []

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        notes.property(key.stringValue, type, isRequired: true)
        return try SchemaReader.blank(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        notes.property(key.stringValue, type, isRequired: false)
        return nil
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { note(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { note(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { note(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { note(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { note(type, key) }

    private func note<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        notes.property(key.stringValue, type, isRequired: false)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedDecodingContainer<
        Nested
    > {
        KeyedDecodingContainer(BlankKeyed<Nested>(notes: SchemaReader.Notes()))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw SchemaReader.NoBlank() }
    func superDecoder() -> any Decoder { BlankDecoder(notes: SchemaReader.Notes()) }
    func superDecoder(forKey key: Key) -> any Decoder { BlankDecoder(notes: SchemaReader.Notes()) }
}

private struct BlankSingle: SingleValueDecodingContainer {
    let notes: SchemaReader.Notes
    let codingPath: [any CodingKey] = []

    func decodeNil() -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        notes.other(JSONSchema.of(type))
        return try SchemaReader.blank(type)
    }
}

/// A list with nothing in it.
private struct BlankUnkeyed: UnkeyedDecodingContainer {
    let codingPath: [any CodingKey] = []
    let count: Int? = 0
    let isAtEnd = true
    let currentIndex = 0

    func decodeNil() throws -> Bool { throw SchemaReader.NoBlank() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { throw SchemaReader.NoBlank() }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw SchemaReader.NoBlank()
    }

    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw SchemaReader.NoBlank() }
    func superDecoder() throws -> any Decoder { throw SchemaReader.NoBlank() }
}
