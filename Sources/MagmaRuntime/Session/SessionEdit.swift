package import SessionModel

/// Someone who changes a session by hand, as its journal names them.
package struct ChangeAuthor: Sendable {
    /// The token's name.
    package let name: String
    package let method: String

    package init(name: String, method: String) {
        self.name = name
        self.method = method
    }
}

/// Changes of state and context by hand: all of them or none.
package struct SessionEdit: Sendable {
    /// Whether a message is still what the editor has seen.
    package typealias Check = @Sendable (Message) -> Bool

    package enum Step: Sendable {
        /// At the end of the context; the message gets an id.
        case add(Message)
        /// The message with this one's id becomes this one, if it still is what was seen.
        case change(Message, seen: Check? = nil)
        case remove(id: String, seen: Check? = nil)

        var isAdded: Bool { if case .add = self { true } else { false } }

        var testsItself: Bool {
            switch self {
            case .add: false
            case .change(_, let seen), .remove(_, let seen): seen != nil
            }
        }
    }

    package var state: JSONPatch
    package var context: [Step]

    package init(state: JSONPatch = JSONPatch(), context: [Step] = []) {
        self.state = state
        self.context = context
    }

    /// Whether the edit itself tests that the session is what the editor has seen.
    package var testsItself: Bool {
        (state.isEmpty || state.tests) && context.allSatisfy { $0.isAdded || $0.testsItself }
            && (state.tests || context.contains(where: \.testsItself))
    }
}
