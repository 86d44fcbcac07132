public import SessionModel

/// Something a model may call.
public struct Tool<A: Agent>: Sendable {
    public let name: String
    public let description: String
    /// The parameters as a JSON Schema of type `object`.
    public let parameters: JSON
    package let isEnabled: @Sendable (A) async -> Bool
    package let run: @Sendable (A, JSON) async throws -> JSON

    /// - Parameter run: gets the arguments as the model wrote them; what it throws goes back to the model as the result.
    public init(
        _ name: String,
        description: String,
        parameters: JSON = ["type": "object", "properties": [:]],
        isEnabled: @escaping @Sendable (A) async -> Bool = { _ in true },
        run: @escaping @Sendable (A, JSON) async throws -> JSON
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.isEnabled = isEnabled
        self.run = run
    }
}

/// A tool as it is described to a model.
public struct ToolDescription: Sendable, Hashable {
    public let name: String
    public let description: String
    public let parameters: JSON

    public init(name: String, description: String, parameters: JSON) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// What went wrong in a tool, in words for the model.
public struct ToolError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
