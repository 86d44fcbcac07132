internal import SwiftDiagnostics
internal import SwiftSyntax
internal import SwiftSyntaxBuilder
internal import SwiftSyntaxMacros

/// `@Utilities`: lets agents share a struct's tools, hooks, jobs and middleware.
enum UtilitiesMacro {}

extension UtilitiesMacro: ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax,
        attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard declaration.is(StructDeclSyntax.self) else {
            context.diagnose(AgentDiagnostic.utilitiesNotAStruct.diagnose(at: node))
            return []
        }
        return [try ExtensionDeclSyntax("extension \(type.trimmed): Utilities {}")]
    }
}

extension UtilitiesMacro: MemberMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        guard let type = declaration.as(StructDeclSyntax.self) else { return [] }
        let isPublic = type.modifiers.contains { $0.name.text == "public" }
        let hasInit = type.memberBlock.members.contains { $0.decl.is(InitializerDeclSyntax.self) }
        let parts = AgentMembers(of: type, owner: .utilities, in: context)
        let usesValue = parts.arguments.contains { $0.contains("utilities.") }
        let definition = AgentDefinitionCode.text(parts.arguments)
        let members: [DeclSyntax] = [
            """
            \(raw: isPublic ? "public " : "")static func parts<A: Agent>(for agent: A.Type) -> AgentDefinition<A> {
                \(raw: usesValue ? "let utilities = Self()\n    " : "")return \(raw: definition)
            }
            """
        ]
        return isPublic && !hasInit ? ["public init() {}"] + members : members
    }
}
