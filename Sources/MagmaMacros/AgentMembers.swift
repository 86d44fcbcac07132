internal import SwiftDiagnostics
internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// The members of an agent or of utilities, as expressions for a definition.
struct AgentMembers {
    private(set) var fields: [String] = []
    private(set) var tools: [String] = []
    private(set) var hooks: [String] = []
    private(set) var jobs: [String] = []
    private(set) var middleware: [String] = []

    private var names: [String: Set<String>] = [:]

    private let owner: Owner

    init(of declaration: some DeclGroupSyntax, owner: Owner, in context: some MacroExpansionContext) {
        self.owner = owner
        for member in declaration.memberBlock.members {
            if let variable = member.decl.as(VariableDeclSyntax.self) {
                if owner == .agent { read(variable, declaration, in: context) }
            } else if let function = member.decl.as(FunctionDeclSyntax.self) {
                read(function, in: context)
            }
        }
    }

    private mutating func read(
        _ variable: VariableDeclSyntax,
        _ actor: some DeclGroupSyntax,
        in context: some MacroExpansionContext
    ) {
        do { fields += try StateCode.fields(of: variable) } catch let problem as AgentDiagnostic {
            let attribute = actor.attributes.first {
                $0.as(AttributeSyntax.self)?.attributeName.trimmedDescription == "Agent"
            }
            context.diagnose(problem.diagnose(at: attribute.map { Syntax($0) } ?? Syntax(variable)))
        } catch {}
    }

    /// A function's own attribute reports what is wrong with it; here it is only left out.
    private mutating func read(_ function: FunctionDeclSyntax, in context: some MacroExpansionContext) {
        if let attribute = function.attribute("Tool"), let tool = try? ToolCode(function, attribute, owner),
            isNew("tools", tool.name, attribute, context)
        {
            tools.append(tool.code)
        }
        if let attribute = function.attribute("Hook"), let hook = try? HookCode(function, attribute, owner),
            isNew("hooks", hook.name, attribute, context)
        {
            hooks.append(hook.code)
        }
        if let attribute = function.attribute("Job"), let job = try? JobCode(function, attribute, owner),
            isNew("jobs", job.name, attribute, context)
        {
            jobs.append(job.code)
        }
        if let attribute = function.attribute("Middleware"),
            let code = try? MiddlewareCode(function, attribute, owner)
        {
            middleware.append(code.code)
        }
    }

    private mutating func isNew(
        _ what: String,
        _ name: String,
        _ attribute: AttributeSyntax,
        _ context: some MacroExpansionContext
    ) -> Bool {
        if names[what, default: []].insert(name).inserted { return true }
        context.diagnose(AgentDiagnostic.twoOfOneName(what, name).diagnose(at: attribute))
        return false
    }
}

extension AgentMembers {
    /// The lists as arguments of `AgentDefinition`, one a line.
    var arguments: [String] {
        [
            list("fields", fields), list("tools", tools), list("hooks", hooks), list("jobs", jobs),
            list("middleware", middleware),
        ].compactMap(\.self)
    }

    private func list(_ label: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        return "        \(label): [\n" + items.map { "            \($0)" }.joined(separator: ",\n") + "\n        ]"
    }
}

/// Whose functions are called.
enum Owner: String {
    /// The session's instance, an actor.
    case agent
    /// One value for all sessions of all agents.
    case utilities

    /// The name of the first parameter of a closure that calls it.
    var parameter: String { self == .agent ? "agent" : "_" }

    /// A call up to the function's name.
    func call(_ function: FunctionDeclSyntax) -> String {
        let waits = function.isAsync || self == .agent
        return (function.isThrowing ? "try " : "") + (waits ? "await " : "") + "\(rawValue).\(function.name.text)"
    }
}
