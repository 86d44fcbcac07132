internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// `@Middleware`: code between the user, the model and the tools. The code is made by `@Agent`; here it is only checked.
enum MiddlewareMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        MarkerMacro.check(node, declaration, "Middleware", in: context) { _ = try MiddlewareCode($0, node, .agent) }
    }
}

/// A middleware as an expression.
struct MiddlewareCode {
    let code: String

    init(_ function: FunctionDeclSyntax, _ attribute: AttributeSyntax, _ owner: Owner) throws {
        let parameters = function.signature.parameterClause.parameters
        guard !function.isStatic, parameters.count == 1, let parameter = parameters.first,
            parameter.type.trimmedDescription == "Message", function.returnType == "Message",
            let trigger = attribute.firstExpression
        else { throw AgentDiagnostic.middlewareSignature }
        let name = attribute.expression("name")?.literal ?? function.name.text.kebabCased
        let critical = attribute.expression("critical").map { ", critical: \($0.trimmedDescription)" } ?? ""
        let argument = parameter.firstName.text == "_" ? "message" : "\(parameter.firstName.text): message"
        let call = "\(owner.call(function))(\(argument))"
        code =
            "Middleware(\(name.quoted), on: \(trigger.trimmedDescription)\(critical)) { \(owner.parameter), message in \(call) }"
    }
}

/// `@Transient`: a stored property that is not part of the state.
enum TransientMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] { [] }
}
