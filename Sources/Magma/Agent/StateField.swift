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
        fatalError("unavailable")  // Never runs: the compiler refuses every call, with the message above.
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
    /// - Throws: ``StateMismatch``; fields before the one that did not fit are then already written.
    package func writeState(_ state: JSON.Object, _ fields: [StateField<Self>]) throws {
        for field in fields {
            guard let value = state[field.name] else { continue }
            do { try field.write(self, value) } catch { throw StateMismatch(field: field.name, error: error) }
        }
    }
}

/// A value that does not fit a field of the state.
package struct StateMismatch: Error, Sendable, CustomStringConvertible {
    /// What does not fit, and where, in a few words.
    package let description: String

    init(field: String, error: any Error) {
        guard let error = error as? DecodingError else {
            description = "'\(field)': \(error)"
            return
        }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let path = ([field] + context.codingPath.map(\.stringValue)).joined(separator: ".")
            let reason = context.debugDescription
            description = "'\(path)': \(reason.hasSuffix(".") ? String(reason.dropLast()) : reason)"
        @unknown default: description = "'\(field)' cannot be decoded"
        }
    }
}
