internal import SwiftParser
internal import SwiftSyntax

extension FunctionDeclSyntax {
    func attribute(_ name: String) -> AttributeSyntax? {
        attributes.lazy.compactMap { $0.as(AttributeSyntax.self) }
            .first { $0.attributeName.trimmedDescription == name }
    }

    var isStatic: Bool { modifiers.contains { $0.name.text == "static" } }
    var isAsync: Bool { signature.effectSpecifiers?.asyncSpecifier != nil }
    var isThrowing: Bool { signature.effectSpecifiers?.throwsClause != nil }

    /// The type after the arrow without spaces; `nil` for none or `Void`.
    var returnType: String? {
        guard let type = signature.returnClause?.type.trimmedDescription, type != "Void", type != "()" else {
            return nil
        }
        return type
    }

    /// A call of a static function up to its name.
    var staticCall: String { (isThrowing ? "try " : "") + (isAsync ? "await " : "") + "Self.\(name.text)" }
}

extension AttributeSyntax {
    var expressions: LabeledExprListSyntax {
        if case .argumentList(let list) = arguments { list } else { [] }
    }

    /// The first argument, if it has no label.
    var firstExpression: ExprSyntax? { expressions.first.flatMap { $0.label == nil ? $0.expression : nil } }

    func expression(_ label: String) -> ExprSyntax? { expressions.first { $0.label?.text == label }?.expression }
}

extension ExprSyntax {
    /// The text of a string literal without interpolations.
    var literal: String? { self.as(StringLiteralExprSyntax.self)?.representedLiteralValue }
}

extension String {
    /// `findOrder` → `find_order`.
    var snakeCased: String { separated(by: "_") }
    /// `followUp` → `follow-up`.
    var kebabCased: String { separated(by: "-") }

    private func separated(by mark: String) -> String {
        reduce(into: "") { text, character in
            if character.isUppercase, !text.isEmpty { text += mark }
            text += character.lowercased()
        }
    }

    /// As a literal in code.
    var quoted: String {
        "\"" + replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
