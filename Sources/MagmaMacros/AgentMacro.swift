internal import SessionModel
internal import SwiftDiagnostics
internal import SwiftSyntax
internal import SwiftSyntaxBuilder
internal import SwiftSyntaxMacros

/// `@Agent`: makes an actor an agent, with a definition read off its members.
enum AgentMacro {}

extension AgentMacro: ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax,
        attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard declaration.is(ActorDeclSyntax.self) else {
            context.diagnose(AgentDiagnostic.notAnActor.diagnose(at: node))
            return []
        }
        return [try ExtensionDeclSyntax("extension \(type.trimmed): Agent {}")]
    }
}

/// The definition is a member, so that it sees the types that the actor sees.
extension AgentMacro: MemberMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        guard let actor = declaration.as(ActorDeclSyntax.self) else { return [] }
        if let problem = problem(with: node, actor) { context.diagnose(problem.diagnose(at: node)) }
        let isPublic = actor.modifiers.contains { $0.name.text == "public" }
        let access = isPublic ? "public " : ""
        var members: [DeclSyntax] = []
        let hasInit = actor.memberBlock.members.contains { $0.decl.is(InitializerDeclSyntax.self) }
        if isPublic, !hasInit { members.append("public init() {}") }
        if let id = node.expression("id") {
            members.append("\(raw: access)static var id: String { \(raw: id.trimmedDescription) }")
        }
        members.append(
            """
            \(raw: access)static var definition: AgentDefinition<\(raw: actor.name.text)> {
                \(raw: definition(of: actor, node, in: context))
            }
            """
        )
        return members
    }

    private static func definition(
        of actor: ActorDeclSyntax,
        _ node: AttributeSyntax,
        in context: some MacroExpansionContext
    ) -> String {
        var arguments = AgentMembers(of: actor, owner: .agent, in: context).arguments
        for label in ["policy", "messageContext", "provider"] {
            if let value = node.expression(label) { arguments.append("        \(label): \(value.trimmedDescription)") }
        }
        let utilities = node.expression("utilities").map { ".including(\($0.trimmedDescription))" } ?? ""
        return AgentDefinitionCode.text(arguments) + utilities
    }

    /// What is wrong with the id, given or made of the type's name.
    private static func problem(with node: AttributeSyntax, _ actor: ActorDeclSyntax) -> AgentDiagnostic? {
        guard let expression = node.expression("id") else {
            let id = AgentID.from(typeName: actor.name.text)
            return AgentID.isValid(id) ? nil : .agentID(id)
        }
        guard let id = expression.literal else { return .literalNeeded("Agent", "its id") }
        return AgentID.isValid(id) ? nil : .agentID(id)
    }
}

/// A definition as an expression.
enum AgentDefinitionCode {
    static func text(_ arguments: [String]) -> String {
        arguments.isEmpty ? "AgentDefinition()" : "AgentDefinition(\n\(arguments.joined(separator: ",\n"))\n    )"
    }
}
