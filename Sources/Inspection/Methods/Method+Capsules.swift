internal import SessionModel

extension Method {
    package static let export = Method(
        "session.export",
        .viewer,
        "A session as a capsule: whole when it is small, or in pieces as `export.chunk` and `export.end`.",
        takes: ["agent", "session", "stream?: true for pieces"],
        answers: ["capsule or export"],
        isAudited: true
    )

    package static let stopExport = Method(
        "export.stop",
        .viewer,
        "Stops an export in pieces.",
        takes: ["export"],
        answers: []
    )

    package static let importCapsule = Method(
        "session.import",
        .operator,
        "Makes a session of a capsule: whole, or in pieces that follow.",
        takes: ["capsule?", "stream?: true for pieces", "as?: an id of its own"],
        answers: ["import, or agent, session and summary"]
    )

    package static let importChunk = Method(
        "import.chunk",
        .operator,
        "The next piece of a capsule's text.",
        takes: ["import", "text"],
        answers: ["import", "events"],
        // Pieces belong to the import, which is in the audit log.
        isAudited: false
    )

    package static let importEnd = Method(
        "import.end",
        .operator,
        "Ends an import in pieces: the session is there from now on.",
        takes: ["import"],
        answers: ["agent", "session", "summary"]
    )

    package static let stopImport = Method(
        "import.stop",
        .operator,
        "Gives an import in pieces up.",
        takes: ["import"],
        answers: []
    )
}
