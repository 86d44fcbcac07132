package import SessionModel

/// A method of the protocol: what it takes and what it answers. Each is declared once, in the file of its family; servers,
/// inspectors and the reference page all use that declaration.
package struct Method<Params: MethodParams, Result: MethodResult>: Sendable {
    package let declaration: MethodDeclaration

    package var name: String { declaration.name }

    /// - Parameter isAudited: by default whether it needs more than a viewer's token.
    init(
        _ name: String,
        _ role: Role,
        _ purpose: String,
        answers result: [String],
        isAudited: Bool? = nil
    ) {
        declaration = MethodDeclaration(
            name: name,
            role: role,
            purpose: purpose,
            parameters: Params.members.map {
                MethodDeclaration.Parameter(name: $0.name, isOptional: $0.isOptional, meaning: $0.meaning)
            },
            result: result,
            isAudited: isAudited ?? (role > .viewer)
        )
    }
}

/// What a method answers.
package protocol MethodResult: Sendable {
    var json: JSON { get }
    /// `nil` when it cannot be read, such as that of a runtime of another version.
    init?(json: JSON)
}

/// The result of a method that answers nothing but that it was done.
package struct Done: MethodResult {
    package init() {}
    package var json: JSON { [:] }
    package init?(json: JSON) {}
}

/// What is known of a method without its types: its name, who may call it, and its description.
package struct MethodDeclaration: Sendable {
    /// A member of the parameters.
    package struct Parameter: Sendable, Hashable {
        package let name: String
        package let isOptional: Bool
        package let meaning: String
    }

    package let name: String
    package let role: Role
    /// What it does, in one sentence.
    package let purpose: String
    package let parameters: [Parameter]
    /// The members of the result.
    package let result: [String]
    /// Whether calls and refusals are written to the audit log.
    package let isAudited: Bool
}

/// Every method that there is; those of a family are declared in its own file.
package enum Methods {
    package static let families: [(title: String, methods: [MethodDeclaration])] = [
        ("The runtime", runtime), ("The list of sessions", sessions), ("One session", session),
        ("Snapshots", snapshots), ("Capsules", capsules), ("Reruns", reruns), ("Webhooks", hooks), ("Jobs", jobs),
    ]

    package static let all: [MethodDeclaration] = families.flatMap(\.methods)
}
