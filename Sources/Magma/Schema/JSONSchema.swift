internal import SessionModel

/// JSON Schema for models: describes types, and says where a value does not fit.
enum JSONSchema {
    /// The schema of a type, read off how it decodes itself.
    static func of(_ type: any Decodable.Type) -> JSON {
        if let optional = type as? any OptionalValue.Type, let wrapped = optional.wrapped as? any Decodable.Type {
            return of(wrapped)
        }
        if let simple = simple(type) { return simple }
        if let cases = cases(of: type) { return ["type": "string", "enum": .array(cases)] }
        if let list = type as? any ListValue.Type { return ["type": "array", "items": of(list.element)] }
        if let map = type as? any MapValue.Type { return ["type": "object", "additionalProperties": of(map.value)] }
        return SchemaReader.schema(of: type)
    }

    private static func simple(_ type: any Decodable.Type) -> JSON? {
        switch type {
        case is String.Type: ["type": "string"]
        case is Bool.Type: ["type": "boolean"]
        case is any FixedWidthInteger.Type: ["type": "integer"]
        case is any BinaryFloatingPoint.Type: ["type": "number"]
        case is JSON.Type: [:]
        default: nil
        }
    }

    /// The raw values of an enum that lists its cases.
    private static func cases(of type: any Decodable.Type) -> [JSON]? {
        guard let enumeration = type as? any (CaseIterable & Encodable).Type else { return nil }
        return values(enumeration)
    }

    private static func values<Value: CaseIterable & Encodable>(_ type: Value.Type) -> [JSON] {
        type.allCases.compactMap { try? JSON(encoding: $0) }
    }
}

// MARK: Checking

extension JSONSchema {
    /// The parts of a value that do not fit, each as a phrase that names the place.
    static func problems(of value: JSON, in schema: JSON, at place: String = "") -> [String] {
        let name = place.isEmpty ? "the arguments" : "'\(place)'"
        if let requested = schema["type"]?.string, !fits(value, requested) {
            return ["\(name) must be \(article(requested)), not \(kind(of: value))"]
        }
        if let allowed = schema["enum"]?.array, !allowed.contains(value) {
            return ["\(name) must be one of \(allowed.map(\.text).joined(separator: ", "))"]
        }
        switch value {
        case .object(let members): return problems(of: members, in: schema, at: place)
        case .array(let items):
            guard let schema = schema["items"] else { return [] }
            return items.enumerated().flatMap { problems(of: $1, in: schema, at: "\(place)[\($0)]") }
        default: return []
        }
    }

    private static func problems(of members: JSON.Object, in schema: JSON, at place: String) -> [String] {
        let properties = schema["properties"]?.object ?? [:]
        let prefix = place.isEmpty ? "" : place + "."
        let required = schema["required"]?.array?.compactMap(\.string) ?? []
        var problems = required.filter { members[$0]?.isNull ?? true }.map { "'\(prefix)\($0)' is missing" }
        for (name, value) in members {
            if let property = properties[name] {
                if value.isNull { continue }
                problems += self.problems(of: value, in: property, at: prefix + name)
            } else if let rest = schema["additionalProperties"], rest.object != nil {
                problems += self.problems(of: value, in: rest, at: prefix + name)
            } else if schema["additionalProperties"] == false {
                problems.append("there is no '\(prefix)\(name)'")
            }
        }
        return problems
    }

    private static func fits(_ value: JSON, _ type: String) -> Bool {
        switch type {
        case "string": value.string != nil
        case "boolean": value.bool != nil
        case "integer": value.int != nil
        case "number": value.double != nil
        case "array": value.array != nil
        case "object": value.object != nil
        default: true
        }
    }

    private static func article(_ type: String) -> String {
        "aeiou".contains(type.first ?? "x") ? "an \(type)" : "a \(type)"
    }

    private static func kind(of value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double, .literal: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

private protocol ListValue {
    static var element: any Decodable.Type { get }
}

extension Array: ListValue where Element: Decodable {
    static var element: any Decodable.Type { Element.self }
}

extension Set: ListValue where Element: Decodable {
    static var element: any Decodable.Type { Element.self }
}

private protocol MapValue {
    static var value: any Decodable.Type { get }
}

extension Dictionary: MapValue where Key == String, Value: Decodable {
    static var value: any Decodable.Type { Value.self }
}
