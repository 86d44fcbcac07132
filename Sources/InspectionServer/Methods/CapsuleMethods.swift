internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// Sessions as documents. A small one goes in one message; with `stream` it goes in pieces of text, however large it is.
struct CapsuleMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.export, run: CapsuleMethods.export),
        MethodHandler(Methods.importCapsule, run: CapsuleMethods.importCapsule),
        MethodHandler(Methods.stopExport, run: CapsuleMethods.stopExport),
        MethodHandler(Methods.importChunk, run: CapsuleMethods.importChunk),
        MethodHandler(Methods.importEnd, run: CapsuleMethods.importEnd),
        MethodHandler(Methods.stopImport, run: CapsuleMethods.stopImport),
    ]

    let shared: InspectionMethods

    private var exports: WorkSlots { shared.exports }

    /// Bytes of a capsule that is answered whole, within what one message may hold.
    private static let maximumWhole = 4 << 20

    func export(_ peer: InspectorState, _ params: ExportParams) async throws -> MethodAnswer<ExportResult> {
        let session = try shared.key(params)
        try await runtime.checkExists(session)
        if params.stream { return try exportInPieces(session, peer) }
        var text = ""
        try await CapsuleExport(session, of: runtime).write(clean: redaction.redacted) { piece, _, _ in
            text += piece
            guard text.utf8.count <= Self.maximumWhole else {
                throw RPCError.failed(
                    "capsule_too_large",
                    "The capsule of '\(session.session)' is larger than \(Self.maximumWhole >> 20) MB.",
                    hint: "Ask for it with 'stream': true."
                )
            }
        }
        return MethodAnswer(.whole(try JSON(parsing: text, depth: JSON.writtenDepth)))
    }

    /// Notifications `export.chunk` with the text's next piece and how far it is, and at last `export.end`.
    private func exportInPieces(_ session: SessionKey, _ peer: InspectorState) throws -> MethodAnswer<ExportResult> {
        let id = try peer.openExport()
        return MethodAnswer(.pieces(export: id)) { [runtime, redaction, exports] line in
            defer { peer.close(exporting: id) }
            var bytes = 0
            var failure: RPCError?
            do {
                let place = try exports.take()
                defer { place.giveBack() }
                try await CapsuleExport(session, of: runtime).write(clean: redaction.redacted) { text, events, total in
                    guard peer.isOpen(exporting: id) else {
                        throw RPCError.failed("export_stopped", "The export was stopped.", hint: "Start it again.")
                    }
                    bytes += text.utf8.count
                    for piece in text.pieces(bytes: Self.chunk) {
                        let chunk = ExportChunk(export: id, text: piece, events: events, total: total).json
                        try await withPatience(WorkSlots.patience) { try await line.notify(.exportChunk, chunk) }
                    }
                }
            } catch let error as RuntimeError {
                failure = RPCError(error)
            } catch let error as RPCError { failure = error }
            try await line.notify(.exportEnd, ExportEnd(export: id, bytes: bytes, error: failure).json)
        }
    }

    /// Bytes of one `export.chunk`, about.
    private static let chunk = 512 << 10

    func stopExport(_ peer: InspectorState, _ params: ExportName) async throws -> MethodAnswer<Done> {
        guard peer.close(exporting: params.export) else { throw InspectorState.unknown("export", params.export) }
        return MethodAnswer(Done())
    }

    func importCapsule(_ peer: InspectorState, _ params: ImportParams) async throws -> MethodAnswer<ImportResult> {
        let reader = CapsuleImport(runtime, as: params.id)
        if params.stream { return MethodAnswer(.pieces(import: try peer.open(reader))) }
        guard let capsule = params.capsule else { throw RPCError.invalidParams("'capsule' is missing.") }
        try await reader.read(capsule)
        return MethodAnswer(.whole(try await shared.result(try await reader.finish())))
    }

    func importChunk(_ peer: InspectorState, _ params: ImportPiece) async throws -> MethodAnswer<ImportProgress> {
        let reader = try peer.capsuleImport(params.name)
        do {
            return MethodAnswer(ImportProgress(name: params.name, events: try await reader.read(params.text)))
        } catch {
            peer.close(importing: params.name)
            throw error
        }
    }

    func stopImport(_ peer: InspectorState, _ params: ImportName) async throws -> MethodAnswer<Done> {
        let reader = try peer.capsuleImport(params.name)
        peer.close(importing: params.name)
        await reader.abandon()
        return MethodAnswer(Done())
    }

    func importEnd(_ peer: InspectorState, _ params: ImportName) async throws -> MethodAnswer<SessionResult> {
        let reader = try peer.capsuleImport(params.name)
        peer.close(importing: params.name)
        return MethodAnswer(try await shared.result(try await reader.finish()))
    }
}
