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
        let members = AgentMembers(of: actor, in: context)
        var arguments = [
            list("fields", members.fields), list("tools", members.tools), list("hooks", members.hooks),
            list("jobs", members.jobs), list("middleware", members.middleware),
        ].compactMap(\.self)
        for label in ["policy", "messageContext", "provider"] {
            if let value = node.expression(label) { arguments.append("        \(label): \(value.trimmedDescription)") }
        }
        return arguments.isEmpty
            ? "AgentDefinition()" : "AgentDefinition(\n\(arguments.joined(separator: ",\n"))\n    )"
    }

    private static func list(_ label: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        return "        \(label): [\n" + items.map { "            \($0)" }.joined(separator: ",\n") + "\n        ]"
    }
}
