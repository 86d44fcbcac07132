internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// Sessions as documents. A small one goes in one message; with `stream` it goes in pieces of text, however large it is.
extension InspectionMethods {
    /// Bytes of a capsule that is answered whole, within what one message may hold.
    private static let maximumWhole = 4 << 20

    func export(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let session = try session(params)
        try await runtime.checkExists(session)
        if try params.flag("stream") { return try exportInPieces(session, peer) }
        var text = ""
        try await runtime.export(session, clean: redaction.redacted) { piece, _, _ in
            text += piece
            guard text.utf8.count <= Self.maximumWhole else {
                throw RPCError.failed(
                    "capsule_too_large",
                    "The capsule of '\(session.session)' is larger than \(Self.maximumWhole >> 20) MB.",
                    hint: "Ask for it with 'stream': true."
                )
            }
        }
        return MethodAnswer(["capsule": try JSON(parsing: text, depth: JSON.writtenDepth)])
    }

    /// Notifications `export.chunk` with the text's next piece and how far it is, and at last `export.end`.
    private func exportInPieces(_ session: SessionKey, _ peer: InspectorState) throws -> MethodAnswer {
        let id = try peer.openExport()
        return MethodAnswer(["export": .string(id)]) { [runtime, redaction, exports] line in
            defer { peer.close(exporting: id) }
            var bytes = 0
            var end: JSON.Object = ["export": .string(id)]
            do {
                try exports.take()
                defer { exports.giveBack() }
                try await runtime.export(session, clean: redaction.redacted) { text, events, total in
                    guard peer.isOpen(exporting: id) else {
                        throw RPCError.failed("export_stopped", "The export was stopped.", hint: "Start it again.")
                    }
                    bytes += text.utf8.count
                    for piece in text.pieces(bytes: Self.chunk) {
                        let chunk: JSON = [
                            "export": .string(id), "text": .string(piece), "events": .int(events), "of": .int(total),
                        ]
                        try await withPatience(ExportSlots.patience) { try await line.notify(.exportChunk, chunk) }
                    }
                }
            } catch let error as RuntimeError {
                end["error"] = RPCError(error).json
            } catch let error as RPCError { end["error"] = error.json }
            end["bytes"] = .int(bytes)
            try await line.notify(.exportEnd, .object(end))
        }
    }

    /// Bytes of one `export.chunk`, about.
    private static let chunk = 512 << 10

    func stopExport(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("export")
        guard peer.close(exporting: id) else { throw InspectorState.unknown("export", id) }
        return MethodAnswer([:])
    }

    func importCapsule(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.optionalText("as")
        let reader = CapsuleImport(runtime, as: id)
        if try params.flag("stream") { return MethodAnswer(["import": .string(try peer.open(reader))]) }
        guard let capsule = try params.object("capsule") else { throw RPCError.invalidParams("'capsule' is missing.") }
        try await reader.read(capsule)
        return MethodAnswer(try await summary(try await reader.finish()))
    }

    func importChunk(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("import")
        let reader = try peer.capsuleImport(id)
        guard let text = params.json["text"]?.string else { throw RPCError.invalidParams("'text' is missing.") }
        do { return MethodAnswer(["import": .string(id), "events": .int(try await reader.read(text))]) } catch {
            peer.close(importing: id)
            throw error
        }
    }

    func stopImport(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("import")
        let reader = try peer.capsuleImport(id)
        peer.close(importing: id)
        await reader.abandon()
        return MethodAnswer([:])
    }

    func importEnd(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let id = try params.text("import")
        let reader = try peer.capsuleImport(id)
        peer.close(importing: id)
        return MethodAnswer(try await summary(try await reader.finish()))
    }
}
