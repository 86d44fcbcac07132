package import SessionModel

/// A method of the protocol: its name, who may call it, what it takes and what it answers. Each is declared once, in the
/// file of its family; servers, inspectors and the reference page all use this declaration.
package struct Method: Sendable, Hashable {
    /// A member of the parameters.
    package struct Parameter: Sendable, Hashable, ExpressibleByStringLiteral {
        package let name: String
        package let isOptional: Bool
        /// What it holds, in a few words; empty where the name says it.
        package let meaning: String

        /// `name`, `name?` for an optional one, or `name?: meaning`.
        package init(stringLiteral text: String) {
            let sides = text.split(separator: ":", maxSplits: 1).map { $0.trimmingPrefix(while: \.isWhitespace) }
            isOptional = sides[0].hasSuffix("?")
            name = String(isOptional ? sides[0].dropLast() : sides[0])
            meaning = sides.count > 1 ? String(sides[1]) : ""
        }
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

    /// - Parameter isAudited: by default whether it needs more than a viewer's token.
    init(
        _ name: String,
        _ role: Role,
        _ purpose: String,
        takes parameters: [Parameter] = [],
        answers result: [String],
        isAudited: Bool? = nil
    ) {
        self.name = name
        self.role = role
        self.purpose = purpose
        self.parameters = parameters
        self.result = result
        self.isAudited = isAudited ?? (role > .viewer)
    }

    package static func == (left: Method, right: Method) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Method {
    /// Every method, by family.
    package static let families: [(title: String, methods: [Method])] = [
        ("The runtime", [hello, stats, listAudit]),
        ("The list of sessions", [watchSessions, viewSessions, unwatchSessions]),
        (
            "One session",
            [attach, detach, history, at, diff, getContent, reveal, send, cancel, create, keep, edit, end, delete]
        ),
        ("Snapshots", [snapshot, listSnapshots, deleteSnapshot, fork, restore]),
        ("Capsules", [export, stopExport, importCapsule, importChunk, importEnd, stopImport]),
        ("Webhooks", [listHooks, watchHooks, unwatchHooks, getHook, resolveHook, replayHook, sendHook]),
        ("Jobs", [listJobs, listTicks, runJob, pauseJob, resumeJob]),
    ]

    package static let all: [Method] = families.flatMap(\.methods)

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { (ExactString($0.name), $0) })

    /// The method of that name.
    package static func named(_ name: String) -> Method? { name.utf8.count <= 64 ? byName[ExactString(name)] : nil }
}
