/// The rules for an agent's id: lower-case letters, digits and hyphens, and no word of the API's own paths.
package enum AgentID {
    package static let reserved: Set<String> = ["agents", "chat", "hooks", "inspect"]

    package static func isValid(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 64 && !reserved.contains(id)
            && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    /// `SupportDeskAgent` → `support-desk`.
    package static func from(typeName: String) -> String {
        let name = typeName.hasSuffix("Agent") && typeName != "Agent" ? String(typeName.dropLast(5)) : typeName
        var id = ""
        for character in name where character.isLetter || character.isNumber || character == "_" {
            if character.isUppercase, !id.isEmpty { id.append("-") }
            id.append(character == "_" ? "-" : character.lowercased())
        }
        return id
    }
}
