internal import SessionModel
internal import SwiftDiagnostics
internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// `@Tool`: something a model may call. The code is made by `@Agent`; here it is only checked.
enum ToolMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        MarkerMacro.check(node, declaration, "Tool", in: context) { _ = try ToolCode($0, node, .agent) }
    }
}

/// What the marker macros on functions share: they check, and generate nothing.
enum MarkerMacro {
    static func check(
        _ node: AttributeSyntax,
        _ declaration: some DeclSyntaxProtocol,
        _ name: String,
        in context: some MacroExpansionContext,
        _ check: (FunctionDeclSyntax) throws -> Void
    ) -> [DeclSyntax] {
        guard let function = declaration.as(FunctionDeclSyntax.self) else {
            context.diagnose(AgentDiagnostic.notInAnActor(name).diagnose(at: node))
            return []
        }
        do { try check(function) } catch let problem as AgentDiagnostic {
            context.diagnose(problem.diagnose(at: node))
        } catch {}
        return []
    }
}

/// A tool as an expression.
struct ToolCode {
    let name: String
    let code: String

    init(_ function: FunctionDeclSyntax, _ attribute: AttributeSyntax, _ owner: Owner) throws {
        guard !function.isStatic else { throw AgentDiagnostic.staticTool }
        name = attribute.expression("name")?.literal ?? function.name.text.snakeCased
        let documentation = FunctionDocumentation(function)
        let parameters = try function.signature.parameterClause.parameters.map { try Parameter($0, documentation) }
        let description = attribute.firstExpression?.trimmedDescription ?? documentation.summary.quoted
        let enabled = attribute.expression("enabled").map { ", isEnabled: { \(Self.question($0, owner)) }" } ?? ""
        let list = parameters.map(\.code).joined(separator: ", ")
        let arguments = parameters.map(\.argument).joined(separator: ", ")
        let call = "\(owner.call(function))(\(arguments))"
        let result = function.returnType == nil ? "\(call); return .null" : "return try JSON(encoding: \(call))"
        code =
            "Tool(\(name.quoted), description: \(description), parameters: [\(list)]\(enabled)) { \(owner.parameter), arguments in \(result) }"
    }

    /// `enabled:` is the name of a property, or a closure of the owner.
    private static func question(_ expression: ExprSyntax, _ owner: Owner) -> String {
        let (start, value) = owner == .agent ? ("await ", "$0") : ("_ in ", "utilities")
        if let name = expression.literal { return start + "\(value).\(name)" }
        return start + "(\(expression.trimmedDescription))(\(value))"
    }

    struct Parameter {
        let code: String
        let argument: String

        init(_ syntax: FunctionParameterSyntax, _ documentation: FunctionDocumentation) throws {
            let label = syntax.firstName.text
            let name = syntax.secondName?.text ?? label
            let type = syntax.type.trimmedDescription
            guard Self.isDescribable(syntax) else { throw AgentDiagnostic.parameter(name, type) }
            let text = documentation.parameters[name].map { ", \($0.quoted)" } ?? ""
            let fallback = syntax.defaultValue.map { ", default: \($0.value.trimmedDescription)" } ?? ""
            code = "ToolParameter(\(name.quoted), \(type).self\(text)\(fallback))"
            let value = "try arguments.value(\(name.quoted), as: \(type).self\(fallback))"
            argument = label == "_" ? value : "\(label): \(value)"
        }

        /// Functions, tuples, `Any` and the like have no shape that can be described to a model.
        private static func isDescribable(_ syntax: FunctionParameterSyntax) -> Bool {
            if syntax.ellipsis != nil { return false }
            return !syntax.type.isNeverCodable
        }
    }
}

/// What the doc comment of a function says about it and its parameters.
struct FunctionDocumentation {
    private(set) var summary = ""
    private(set) var parameters: [String: String] = [:]

    init(_ function: FunctionDeclSyntax) {
        let lines = function.leadingTrivia.compactMap { piece -> String? in
            guard case .docLineComment(let text) = piece else { return nil }
            return String(text.dropFirst(3)).trimmed
        }
        var isInParameters = false
        for line in lines { read(line, &isInParameters) }
    }

    private mutating func read(_ line: String, _ isInParameters: inout Bool) {
        if line == "- Parameters:" {
            isInParameters = true
        } else if line.hasPrefix("- Parameter ") {
            add(String(line.dropFirst(12)))
        } else if line.hasPrefix("- "), isInParameters {
            add(String(line.dropFirst(2)))
        } else if !line.hasPrefix("- "), !isInParameters, parameters.isEmpty {
            summary += (summary.isEmpty || line.isEmpty ? "" : " ") + line
        }
    }

    private mutating func add(_ text: String) {
        let sides = text.split(separator: ":", maxSplits: 1)
        if sides.count == 2 { parameters[String(sides[0]).trimmed] = String(sides[1]).trimmed }
    }
}
