public import SessionModel

/// A parameter of a tool, as it is described to a model.
public struct ToolParameter: Sendable, Hashable {
    public let name: String
    /// JSON Schema.
    public let schema: JSON
    public let isRequired: Bool

    /// - Parameters:
    ///   - type: anything Codable whose shape can be read off its decoding.
    ///   - description: for the model.
    ///   - default: taken when the model leaves the parameter out.
    public init<Value: Codable & Sendable>(
        _ name: String,
        _ type: Value.Type,
        _ description: String? = nil,
        default fallback: Value? = nil
    ) {
        var schema = JSONSchema.of(type).object ?? [:]
        if let description { schema["description"] = .string(description) }
        if let fallback, let json = try? JSON(encoding: fallback), !json.isNull { schema["default"] = json }
        self.name = name
        self.schema = .object(schema)
        isRequired = fallback == nil && !(type is any OptionalValue.Type)
    }

    @available(
        *,
        unavailable,
        message: "A tool's parameter must be Codable and Sendable, so that it can be described to the model."
    )
    @_disfavoredOverload
    public init<Value>(_ name: String, _ type: Value.Type, _ description: String? = nil, default fallback: Value? = nil)
    {
        fatalError("unavailable")  // Never runs: the compiler refuses every call, with the message above.
    }

    static func object(_ parameters: [ToolParameter]) -> JSON {
        [
            "type": "object", "properties": .object(JSON.Object(parameters.map { ($0.name, $0.schema) })),
            "required": .array(parameters.filter(\.isRequired).map { .string($0.name) }), "additionalProperties": false,
        ]
    }
}

/// Recognises an `Optional` type.
protocol OptionalValue {
    static var wrapped: Any.Type { get }
}

extension Optional: OptionalValue {
    static var wrapped: Any.Type { Wrapped.self }
}

/// The arguments of a call, checked against the schema.
public struct ToolArguments: Sendable {
    let json: JSON

    /// - Throws: ``ToolError`` that says which argument does not fit, for the model to act on.
    public func value<Value: Codable & Sendable>(_ name: String, as type: Value.Type, default fallback: Value? = nil)
        throws -> Value
    {
        let value = json[name] ?? .null
        if value.isNull, let fallback { return fallback }
        do { return try value.decoded(as: type) } catch {
            throw ToolError("The argument '\(name)' does not fit: \(value.text.prefix(bytes: 200)).")
        }
    }

    @available(
        *,
        unavailable,
        message: "A tool's parameter must be Codable and Sendable, so that it can be described to the model."
    )
    @_disfavoredOverload
    public func value<Value>(_ name: String, as type: Value.Type, default fallback: Value? = nil) throws -> Value {
        fatalError("unavailable")  // Never runs: the compiler refuses every call, with the message above.
    }
}

extension Tool {
    /// A tool with typed parameters: arguments are checked against their schema before `run` is called.
    public init(
        _ name: String,
        description: String,
        parameters: [ToolParameter],
        isEnabled: @escaping @Sendable (A) async -> Bool = { _ in true },
        run: @escaping @Sendable (A, ToolArguments) async throws -> JSON
    ) {
        let schema = ToolParameter.object(parameters)
        self.init(name, description: description, parameters: schema, isEnabled: isEnabled) { agent, arguments in
            let problems = JSONSchema.problems(of: arguments, in: schema)
            guard problems.isEmpty else {
                throw ToolError("The arguments do not fit: " + problems.joined(separator: "; ") + ".")
            }
            return try await run(agent, ToolArguments(json: arguments))
        }
    }
}
