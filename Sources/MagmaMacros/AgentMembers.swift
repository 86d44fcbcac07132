internal import SwiftDiagnostics
internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// What an agent's members come to, as expressions for its definition.
struct AgentMembers {
    private(set) var fields: [String] = []
    private(set) var tools: [String] = []
    private(set) var hooks: [String] = []
    private(set) var jobs: [String] = []
    private(set) var middleware: [String] = []

    private var names: [String: Set<String>] = [:]

    init(of actor: ActorDeclSyntax, in context: some MacroExpansionContext) {
        for member in actor.memberBlock.members {
            if let variable = member.decl.as(VariableDeclSyntax.self) {
                read(variable, actor, in: context)
            } else if let function = member.decl.as(FunctionDeclSyntax.self) {
                read(function, in: context)
            }
        }
    }

    private mutating func read(
        _ variable: VariableDeclSyntax,
        _ actor: ActorDeclSyntax,
        in context: some MacroExpansionContext
    ) {
        do { fields += try StateCode.fields(of: variable) } catch let problem as AgentDiagnostic {
            let attribute = actor.attributes.first {
                $0.as(AttributeSyntax.self)?.attributeName.trimmedDescription == "Agent"
            }
            context.diagnose(problem.diagnose(at: attribute.map { Syntax($0) } ?? Syntax(variable)))
        } catch {}
    }

    /// What is wrong with a function is said by its own attribute; here it is only left out.
    private mutating func read(_ function: FunctionDeclSyntax, in context: some MacroExpansionContext) {
        if let attribute = function.attribute("Tool"), let tool = try? ToolCode(function, attribute),
            isNew("tools", tool.name, attribute, context)
        {
            tools.append(tool.code)
        }
        if let attribute = function.attribute("Hook"), let hook = try? HookCode(function, attribute),
            isNew("hooks", hook.name, attribute, context)
        {
            hooks.append(hook.code)
        }
        if let attribute = function.attribute("Job"), let job = try? JobCode(function, attribute),
            isNew("jobs", job.name, attribute, context)
        {
            jobs.append(job.code)
        }
        if let attribute = function.attribute("Middleware"), let code = try? MiddlewareCode(function, attribute) {
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
