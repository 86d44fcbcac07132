internal import SessionModel

/// The reference page of the protocol's methods, made from their declarations.
package enum MethodReference {
    /// The page as the documentation holds it (DocC Markdown).
    package static var page: String {
        var lines = [
            "# Methods and notifications", "",
            "The methods of the inspection protocol: JSON-RPC 2.0 over a WebSocket at `\(Inspection.path)`.", "",
            "This page is made from the declarations in `Sources/Inspection/Methods`; a test compares the two.",
            "`UPDATE_REFERENCE=1 swift test --filter MethodReferenceTests` regenerates it.", "",
        ]
        for family in Methods.families {
            lines += ["## \(family.title)", "", "| method | role | takes | answers |", "|---|---|---|---|"]
            lines += family.methods.map(\.row)
            lines.append("")
        }
        lines += ["## Notifications", "", "| notification | |", "|---|---|"]
        lines += InspectionNotification.allCases.map { "| `\($0.rawValue)` | \($0.purpose) |" }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension MethodDeclaration {
    fileprivate var row: String {
        let takes = parameters.map { parameter in
            "`\(parameter.name)\(parameter.isOptional ? "?" : "")`"
                + (parameter.meaning.isEmpty ? "" : " (\(parameter.meaning))")
        }
        let answers = result.map { "`\($0)`" }.joined(separator: ", ")
        let audit = isAudited ? ", audited" : ""
        return "| `\(name)`: \(purpose) | \(role.rawValue)\(audit) | \(takes.joined(separator: ", ")) | \(answers) |"
    }
}
