internal import SwiftDiagnostics
internal import SwiftSyntax

/// Mistakes of an author, with messages that say what to do.
struct AgentDiagnostic: DiagnosticMessage, Error {
    let message: String
    let diagnosticID: MessageID
    let severity = DiagnosticSeverity.error

    private init(_ id: String, _ message: String) {
        diagnosticID = MessageID(domain: "Magma", id: id)
        self.message = message
    }

    static let notAnActor = AgentDiagnostic(
        "not-an-actor",
        "@Agent goes on an actor: each session is one instance of it."
    )

    static let utilitiesNotAStruct = AgentDiagnostic(
        "utilities-not-a-struct",
        "@Utilities goes on a struct: what is shared between agents has no state of its own."
    )

    static func agentID(_ id: String) -> AgentDiagnostic {
        AgentDiagnostic(
            "agent-id",
            "'\(id)' cannot be an agent's id: write lower-case letters, digits and hyphens, 64 at most, and none of agents, chat, hooks, inspect."
        )
    }

    static func notInAnActor(_ attribute: String) -> AgentDiagnostic {
        AgentDiagnostic(
            "not-a-function",
            "@\(attribute) goes on a function of an @Agent actor or an @Utilities struct."
        )
    }

    static func twoOfOneName(_ what: String, _ name: String) -> AgentDiagnostic {
        AgentDiagnostic("two-of-one-name", "There are two \(what) named '\(name)'; give one of them another name.")
    }

    static func literalNeeded(_ attribute: String, _ what: String) -> AgentDiagnostic {
        AgentDiagnostic(
            "literal-needed",
            "@\(attribute) needs \(what) as a plain string literal, so that it can be checked at compile time."
        )
    }

    static func schedule(_ problem: String) -> AgentDiagnostic { AgentDiagnostic("schedule", problem) }

    static func timezone(_ name: String) -> AgentDiagnostic {
        AgentDiagnostic("timezone", "There is no time zone '\(name)'; write an IANA name such as America/New_York.")
    }

    static func parameter(_ name: String, _ type: String) -> AgentDiagnostic {
        AgentDiagnostic(
            "parameter",
            "The parameter '\(name)' of type '\(type)' cannot be described to a model; use strings, numbers, booleans, optionals, arrays, dictionaries, enums or Codable structs."
        )
    }

    static let hookSignature = AgentDiagnostic(
        "hook-signature",
        "A hook is func name(_ request: HookRequest) async throws -> HookResponse; the request and the response may be left out."
    )

    static let jobSignature = AgentDiagnostic(
        "job-signature",
        "A job is func name() async throws: it takes nothing and returns nothing."
    )

    static let middlewareSignature = AgentDiagnostic(
        "middleware-signature",
        "A middleware is func name(_ message: Message) async throws -> Message, and not static."
    )

    static let staticTool = AgentDiagnostic(
        "static-tool",
        "A tool belongs to a session, so its function cannot be static."
    )

    static func stateNotCodable(_ name: String, _ type: String) -> AgentDiagnostic {
        AgentDiagnostic(
            "state-not-codable",
            "The state '\(name)' of type '\(type)' is not Codable; mark it @Transient to leave it out of the state."
        )
    }
}

extension AgentDiagnostic {
    func diagnose(at node: some SyntaxProtocol) -> Diagnostic { Diagnostic(node: Syntax(node), message: self) }
}
