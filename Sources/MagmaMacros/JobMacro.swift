internal import Foundation
internal import SessionModel
internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// `@Job`: a function on a cron schedule. The code is made by `@Agent`; here it is only checked.
enum JobMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        MarkerMacro.check(node, declaration, "Job", in: context) { _ = try JobCode($0, node, .agent) }
    }
}

/// A job as an expression.
struct JobCode {
    let name: String
    let code: String

    init(_ function: FunctionDeclSyntax, _ attribute: AttributeSyntax, _ owner: Owner) throws {
        guard let schedule = attribute.firstExpression?.literal else {
            throw AgentDiagnostic.literalNeeded("Job", "its schedule")
        }
        do { _ = try CronExpression(schedule) } catch { throw AgentDiagnostic.schedule(error.description) }
        guard function.signature.parameterClause.parameters.isEmpty, function.returnType == nil else {
            throw AgentDiagnostic.jobSignature
        }
        name = attribute.expression("name")?.literal ?? function.name.text.kebabCased
        let zone = try attribute.expression("timezone").map(Self.timezone) ?? ""
        let missed = attribute.expression("missed").map { ", missed: \($0.trimmedDescription)" } ?? ""
        let head = "(\(name.quoted), CronExpression(checked: \(schedule.quoted))\(zone)\(missed))"
        code =
            function.isStatic
            ? ".onAgent\(head) { \(function.staticCall)() }"
            : "Job\(head) { \(owner.parameter) in \(owner.call(function))() }"
    }

    private static func timezone(_ expression: ExprSyntax) throws -> String {
        guard let name = expression.literal else { throw AgentDiagnostic.literalNeeded("Job", "its time zone") }
        guard TimeZone(identifier: name) != nil else { throw AgentDiagnostic.timezone(name) }
        return ", timezone: TimeZone(checked: \(name.quoted))"
    }
}
