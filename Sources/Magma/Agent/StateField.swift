package import SessionModel

/// One field of an agent's state: how it is read and put back.
public struct StateField<A: Agent>: Sendable {
    public let name: String
    package let read: @Sendable (isolated A) throws -> JSON
    package let write: @Sendable (isolated A, JSON) throws -> Void

    public init<Value: Codable & Sendable>(
        _ name: String,
        read: @escaping @Sendable (isolated A) -> Value,
        write: @escaping @Sendable (isolated A, Value) -> Void
    ) {
        self.name = name
        self.read = { agent in try JSON(encoding: read(agent)) }
        self.write = { agent, value in write(agent, try value.decoded(as: Value.self)) }
    }

    @available(
        *,
        unavailable,
        message: "The state has to be Codable and Sendable: make the type of this property so, or mark it @Transient."
    )
    @_disfavoredOverload
    public init<Value>(
        _ name: String,
        read: @escaping @Sendable (isolated A) -> Value,
        write: @escaping @Sendable (isolated A, Value) -> Void
    ) {
        // The compiler refuses every call of this; it is here for its message.
        fatalError("unavailable")
    }
}

extension Agent {
    /// The state as an object of the fields in the order of their declaration.
    package func readState(_ fields: [StateField<Self>]) throws -> JSON {
        var state = JSON.Object()
        for field in fields { state[field.name] = try field.read(self) }
        return .object(state)
    }

    /// Puts back the fields that `state` names; others keep their value.
    ///
    /// - Throws: what decoding throws; fields before the one that failed are then already written.
    package func writeState(_ state: JSON.Object, _ fields: [StateField<Self>]) throws {
        for field in fields {
            if let value = state[field.name] { try field.write(self, value) }
        }
    }
}
