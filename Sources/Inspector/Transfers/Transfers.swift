internal import Inspection
internal import InspectionClient
internal import SessionModel

/// Capsules out of the runtime and into it.
enum Transfers {
    // MARK: Export

    static func askToExport(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        let name = String(
            key.session.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" }
        )
        var prompt = Overlay.Prompt(purpose: .export(key), question: "Export \(key.session) to which file?")
        prompt.input = TextInput(proposal: "\(name.prefix(100)).capsule.json")
        model.overlay = .prompt(prompt)
        return []
    }

    static func export(_ key: SessionKey, to path: String, _ model: inout InspectorModel) -> [Effect] {
        guard !path.isEmpty else { return [] }
        model.work.transfer = Transfer(way: .export, session: key.session, path: path, since: model.now)
        let request = model.request(Methods.export, ExportParams(key) { $0.stream = true }) {
            failed($1, &$0)
        } answered: {
            guard case .pieces(let id) = $1 else { return [] }
            guard $0.work.transfer != nil else { return stop(.export, id, &$0) }
            $0.work.transfer?.id = id
            return []
        }
        return [.file(.create(path: path)), request]
    }

    /// Gives up what is on its way, since the runtime will not have it.
    private static func failed(_ error: RPCError, _ model: inout InspectorModel) -> [Effect] {
        guard let transfer = model.work.transfer else { return [] }
        model.work.transfer = nil
        let isExport = transfer.way == .export
        model.notices.say(.failed, "\(isExport ? "Export" : "Import"): \(error.description)", at: model.now)
        return [.file(isExport ? .abandon : .close)]
    }

    static func tookPiece(_ chunk: ExportChunk, _ model: inout InspectorModel) -> [Effect] {
        guard model.work.transfer?.way == .export, model.work.transfer?.id == chunk.export else { return [] }
        model.work.transfer?.events = chunk.events
        model.work.transfer?.total = chunk.total
        return [.file(.append(chunk.text))]
    }

    static func exportEnded(_ end: ExportEnd, _ model: inout InspectorModel) -> [Effect] {
        guard let transfer = model.work.transfer, transfer.way == .export, transfer.id == end.export else { return [] }
        model.work.transfer = nil
        if let error = end.error {
            model.notices.say(.failed, "Export: \(error.description)", at: model.now)
            return [.file(.abandon)]
        }
        let size = Format.bytes(end.bytes)
        model.notices.say(
            .done,
            "Exported \(transfer.session) to \(transfer.path): \(Format.count(transfer.events, "event")), \(size).",
            at: model.now
        )
        return [.file(.close)]
    }

    // MARK: Import

    static func askToImport(_ model: inout InspectorModel) -> [Effect] {
        model.overlay = .prompt(
            Overlay.Prompt(
                purpose: .take,
                question: "File to import (FILE or FILE as NEW-ID)"
            )
        )
        return []
    }

    static func take(capsule text: String, _ model: inout InspectorModel) -> [Effect] {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: " as ", maxSplits: 1).map(String.init)
        model.work.transfer = Transfer(
            way: .take,
            session: parts.count > 1 ? parts[1].trimmed : "",
            path: parts[0].trimmed,
            since: model.now
        )
        return [.file(.open(path: parts[0].trimmed))]
    }

    static func update(_ answer: FileAnswer, _ model: inout InspectorModel) -> [Effect] {
        switch answer {
        case .opened:
            guard let transfer = model.work.transfer else { return [] }
            let params = ImportParams {
                $0.stream = true
                $0.id = transfer.session.isEmpty ? nil : transfer.session
            }
            return [
                model.request(Methods.importCapsule, params) {
                    failed($1, &$0)
                } answered: {
                    guard case .pieces(let id) = $1 else { return [] }
                    guard $0.work.transfer != nil else { return stop(.take, id, &$0) }
                    $0.work.transfer?.id = id
                    return [.file(.readNext)]
                }
            ]
        case .piece(let text, let isLast):
            guard let id = model.work.transfer?.id else { return [] }
            return [
                model.request(Methods.importChunk, ImportPiece(id, text)) {
                    failed($1, &$0)
                } answered: {
                    importGoesOn($1.events, isLast: isLast, &$0)
                }
            ]
        case .failed(let why):
            model.work.transfer = nil
            model.notices.say(.failed, why, at: model.now)
            return []
        }
    }

    private static func importGoesOn(_ events: Int, isLast: Bool, _ model: inout InspectorModel) -> [Effect] {
        guard let id = model.work.transfer?.id else { return [] }
        model.work.transfer?.events = events
        guard isLast else { return [.file(.readNext)] }
        return [
            model.request(Methods.importEnd, ImportName(id)) {
                failed($1, &$0)
            } answered: {
                $0.work.transfer = nil
                return Attaching.created($1, &$0)
            }
        ]
    }

    /// Tells the runtime that a capsule is no longer wanted.
    static func stop(_ way: Transfer.Way, _ id: String?, _ model: inout InspectorModel) -> [Effect] {
        guard let id else { return [] }
        return way == .export
            ? [model.close(Methods.stopExport, ExportName(id))] : [model.close(Methods.stopImport, ImportName(id))]
    }
}
