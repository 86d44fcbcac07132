internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// `@Hook`: a webhook. The code is made by `@Agent`; here it is only checked.
enum HookMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        MarkerMacro.check(node, declaration, "Hook", in: context) { _ = try HookCode($0, node, .agent) }
    }
}

/// A hook as an expression.
struct HookCode {
    let name: String
    let code: String

    init(_ function: FunctionDeclSyntax, _ attribute: AttributeSyntax, _ owner: Owner) throws {
        guard let name = attribute.firstExpression?.literal else {
            throw AgentDiagnostic.literalNeeded("Hook", "its name")
        }
        self.name = name
        let parameters = function.signature.parameterClause.parameters
        guard parameters.count <= 1, parameters.allSatisfy({ $0.type.trimmedDescription == "HookRequest" }),
            [nil, "HookResponse", "HookResponse?"].contains(function.returnType)
        else { throw AgentDiagnostic.hookSignature }
        let argument =
            parameters.first.map { $0.firstName.text == "_" ? "request" : "\($0.firstName.text): request" } ?? ""
        let call = (function.isStatic ? function.staticCall : owner.call(function)) + "(\(argument))"
        let body = function.returnType == nil ? "\(call); return nil" : "return \(call)"
        let request = parameters.isEmpty ? "_" : "request"
        let options = attribute.expressions.dropFirst().filter {
            !function.isStatic || ["description", "verify"].contains($0.label?.text)
        }
        .map { ", \($0.label?.text ?? "_"): \($0.expression.trimmedDescription)" }.joined()
        code =
            function.isStatic
            ? ".onAgent(\(name.quoted)\(options)) { \(request) in \(body) }"
            : "Hook(\(name.quoted)\(options)) { \(owner.parameter), \(request) in \(body) }"
    }
}
