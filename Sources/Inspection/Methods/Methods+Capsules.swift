package import SessionModel

package struct ExportParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var stream = false

    package init() {}

    package static let members: [ParamsMember<ExportParams>] =
        ParamsMember.session + [.flag("stream", \.stream, "true for pieces")]
}

/// A capsule as a whole, or the name of an export in pieces.
package enum ExportResult: MethodResult {
    case whole(JSON)
    case pieces(export: String)

    package var json: JSON {
        switch self {
        case .whole(let capsule): ["capsule": capsule]
        case .pieces(let export): ["export": .string(export)]
        }
    }

    package init?(json: JSON) {
        if let export = json["export"]?.string {
            self = .pieces(export: export)
        } else if let capsule = json["capsule"] {
            self = .whole(capsule)
        } else {
            return nil
        }
    }
}

package struct ExportName: MethodParams {
    package var export = ""

    package init() {}

    package static let members: [ParamsMember<ExportName>] = [.text("export", \.export)]
}

package struct ImportParams: MethodParams {
    package var capsule: JSON?
    package var stream = false
    /// An id of its own.
    package var id: String?

    package init() {}

    package static let members: [ParamsMember<ImportParams>] = [
        .object("capsule", \.capsule), .flag("stream", \.stream, "true for pieces"),
        .text("as", \.id, "an id of its own"),
    ]
}

/// The session that was made of a capsule, or the name of an import in pieces.
package enum ImportResult: MethodResult {
    case whole(SessionResult)
    case pieces(import: String)

    package var json: JSON {
        switch self {
        case .whole(let session): session.json
        case .pieces(let name): ["import": .string(name)]
        }
    }

    package init?(json: JSON) {
        if let name = json["import"]?.string {
            self = .pieces(import: name)
        } else if let session = SessionResult(json: json) {
            self = .whole(session)
        } else {
            return nil
        }
    }
}

package struct ImportPiece: MethodParams {
    package var name = ""
    /// As long as a message may be.
    package var text = ""

    package init() {}

    package static let members: [ParamsMember<ImportPiece>] = [
        .text("import", \.name),
        ParamsMember("text", "", isOptional: false, \.text) { (reader) throws(RPCError) in
            guard let text = reader.value("text")?.string else { throw .invalidParams("'text' is missing.") }
            return text
        } write: {
            .string($0)
        },
    ]
}

/// How far an import in pieces is.
package struct ImportProgress: MethodResult {
    package var name: String
    /// How many have been read.
    package var events: Int

    package init(name: String, events: Int) {
        self.name = name
        self.events = events
    }

    package var json: JSON { ["import": .string(name), "events": .int(events)] }

    package init?(json: JSON) { self.init(name: json["import"]?.string ?? "", events: json.count("events") ?? 0) }
}

package struct ImportName: MethodParams {
    package var name = ""

    package init() {}

    package static let members: [ParamsMember<ImportName>] = [.text("import", \.name)]
}

extension Methods {
    package static let export = Method<ExportParams, ExportResult>(
        "session.export",
        .viewer,
        "A session as a capsule: whole when it is small, or in pieces as `export.chunk` and `export.end`.",
        answers: ["capsule or export"],
        isAudited: true
    )

    package static let stopExport = Method<ExportName, Done>(
        "export.stop",
        .viewer,
        "Stops an export in pieces.",
        answers: []
    )

    package static let importCapsule = Method<ImportParams, ImportResult>(
        "session.import",
        .operator,
        "Creates a session from a capsule, sent whole or in pieces.",
        answers: ["import, or agent, session and summary"]
    )

    package static let importChunk = Method<ImportPiece, ImportProgress>(
        "import.chunk",
        .operator,
        "The next piece of a capsule's text.",
        answers: ["import", "events"],
        // Pieces belong to the import, which is in the audit log.
        isAudited: false
    )

    package static let importEnd = Method<ImportName, SessionResult>(
        "import.end",
        .operator,
        "Completes an import in pieces and creates the session.",
        answers: ["agent", "session", "summary"]
    )

    package static let stopImport = Method<ImportName, Done>(
        "import.stop",
        .operator,
        "Gives an import in pieces up.",
        answers: []
    )

    static let capsules = [
        export.declaration, stopExport.declaration, importCapsule.declaration, importChunk.declaration,
        importEnd.declaration, stopImport.declaration,
    ]
}
