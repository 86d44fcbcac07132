internal import SwiftSyntax

/// The state: stored `var`s of the instance that are not `@Transient`.
enum StateCode {
    /// - Throws: ``AgentDiagnostic`` for a type that is never Codable; the compiler checks all others.
    static func fields(of variable: VariableDeclSyntax) throws -> [String] {
        guard variable.bindingSpecifier.text == "var", !variable.isTransient, !variable.isOfType else { return [] }
        return try variable.bindings.compactMap { binding in
            guard let name = binding.pattern.as(IdentifierPatternSyntax.self)?.identifier.text, binding.isStored else {
                return nil
            }
            if let type = binding.typeAnnotation?.type, type.isNeverCodable {
                throw AgentDiagnostic.stateNotCodable(name, type.trimmedDescription)
            }
            return "StateField(\(name.quoted), read: { $0.\(name) }, write: { $0.\(name) = $1 })"
        }
    }
}

extension VariableDeclSyntax {
    fileprivate var isTransient: Bool {
        attributes.contains { $0.as(AttributeSyntax.self)?.attributeName.trimmedDescription == "Transient" }
    }

    fileprivate var isOfType: Bool { modifiers.contains { ["static", "class", "lazy"].contains($0.name.text) } }
}

extension PatternBindingSyntax {
    /// No accessors, or only observers.
    fileprivate var isStored: Bool {
        switch accessorBlock?.accessors {
        case nil: true
        case .getter: false
        case .accessors(let list): list.allSatisfy { ["willSet", "didSet"].contains($0.accessorSpecifier.text) }
        }
    }
}

extension TypeSyntax {
    /// Functions, tuples and existentials have no Codable form.
    var isNeverCodable: Bool {
        switch self.as(TypeSyntaxEnum.self) {
        case .functionType, .attributedType, .metatypeType, .compositionType, .someOrAnyType: true
        case .tupleType(let tuple): tuple.elements.count != 1 || tuple.elements.contains { $0.type.isNeverCodable }
        case .optionalType(let optional): optional.wrappedType.isNeverCodable
        case .identifierType(let type): ["Any", "AnyObject"].contains(type.name.text)
        default: false
        }
    }
}
