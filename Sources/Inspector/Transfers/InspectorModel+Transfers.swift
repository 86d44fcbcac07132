internal import Inspection
internal import SessionModel

/// Capsules out of the runtime and into it, and many requests at once.
extension InspectorModel {
    // MARK: Export

    mutating func export() -> [Effect] {
        guard let key = detail?.key else { return [] }
        let name = String(
            key.session.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" }
        )
        var prompt = Overlay.Prompt(purpose: .export(key), question: "Export \(key.session) to which file?")
        prompt.input = TextInput(proposal: "\(name.prefix(100)).capsule.json")
        overlay = .prompt(prompt)
        return []
    }

    mutating func export(_ key: SessionKey, to path: String) -> [Effect] {
        guard !path.isEmpty else { return [] }
        transfer = Transfer(way: .export, session: key.session, path: path, since: now)
        let request = request(Methods.export, ExportParams(key) { $0.stream = true }) {
            $0.transferFailed($1)
        } answered: {
            guard case .pieces(let id) = $1 else { return [] }
            guard $0.transfer != nil else { return $0.stop(.export, id) }
            $0.transfer?.id = id
            return []
        }
        return [.file(.create(path: path)), request]
    }

    /// Gives up what is on its way, since the runtime will not have it.
    private mutating func transferFailed(_ error: RPCError) -> [Effect] {
        guard let transfer else { return [] }
        self.transfer = nil
        let isExport = transfer.way == .export
        notices.say(.failed, "\(isExport ? "Export" : "Import"): \(error.description)", at: now)
        return [.file(isExport ? .abandon : .close)]
    }

    mutating func tookPiece(_ chunk: ExportChunk) -> [Effect] {
        guard transfer?.way == .export, transfer?.id == chunk.export else { return [] }
        transfer?.events = chunk.events
        transfer?.total = chunk.total
        return [.file(.append(chunk.text))]
    }

    mutating func exportEnded(_ end: ExportEnd) -> [Effect] {
        guard let transfer, transfer.way == .export, transfer.id == end.export else { return [] }
        self.transfer = nil
        if let error = end.error {
            notices.say(.failed, "Export: \(error.description)", at: now)
            return [.file(.abandon)]
        }
        let size = Format.bytes(end.bytes)
        notices.say(
            .done,
            "Exported \(transfer.session) to \(transfer.path): \(Format.count(transfer.events, "event")), \(size).",
            at: now
        )
        return [.file(.close)]
    }

    // MARK: Import

    mutating func askToImport() -> [Effect] {
        overlay = .prompt(
            Overlay.Prompt(
                purpose: .take,
                question: "File to import (FILE or FILE as NEW-ID)"
            )
        )
        return []
    }

    mutating func take(capsule text: String) -> [Effect] {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: " as ", maxSplits: 1).map(String.init)
        transfer = Transfer(
            way: .take,
            session: parts.count > 1 ? parts[1].trimmed : "",
            path: parts[0].trimmed,
            since: now
        )
        return [.file(.open(path: parts[0].trimmed))]
    }

    mutating func update(_ answer: FileAnswer) -> [Effect] {
        switch answer {
        case .opened:
            guard let transfer else { return [] }
            let params = ImportParams {
                $0.stream = true
                $0.id = transfer.session.isEmpty ? nil : transfer.session
            }
            return [
                request(Methods.importCapsule, params) {
                    $0.transferFailed($1)
                } answered: {
                    guard case .pieces(let id) = $1 else { return [] }
                    guard $0.transfer != nil else { return $0.stop(.take, id) }
                    $0.transfer?.id = id
                    return [.file(.readNext)]
                }
            ]
        case .piece(let text, let isLast):
            guard let id = transfer?.id else { return [] }
            return [
                request(Methods.importChunk, ImportPiece(id, text)) {
                    $0.transferFailed($1)
                } answered: {
                    $0.importGoesOn($1.events, isLast: isLast)
                }
            ]
        case .failed(let why):
            transfer = nil
            notices.say(.failed, why, at: now)
            return []
        }
    }

    private mutating func importGoesOn(_ events: Int, isLast: Bool) -> [Effect] {
        guard let id = transfer?.id else { return [] }
        transfer?.events = events
        guard isLast else { return [.file(.readNext)] }
        return [
            request(Methods.importEnd, ImportName(id)) {
                $0.transferFailed($1)
            } answered: {
                $0.transfer = nil
                return $0.created($1)
            }
        ]
    }

    /// Quits, after a question when something is on its way.
    mutating func askToQuit() -> [Effect] {
        let long = (bulk?.words(at: now) ?? transfer?.words(at: now)).map { "\($0). Quit and give it up?" }
        let draft = composer.unsent.map { "What you have written to \($0.session) is not sent. Quit and lose it?" }
        guard let question = long ?? draft else { return [.quit] }
        overlay = .prompt(Overlay.Prompt(purpose: .quit, question: question, isQuestionOnly: true))
        return []
    }

    /// Stops what takes long; whether there was something.
    mutating func stopLongWork() -> [Effect]? {
        if let bulk {
            self.bulk = nil
            notices.say(.refused, "\(bulk.title): stopped after \(bulk.done) of \(bulk.total).", at: now)
            return []
        }
        guard let transfer else { return nil }
        self.transfer = nil
        let isExport = transfer.way == .export
        notices.say(.refused, "Stopped. \(isExport ? "The file was removed." : "Nothing was imported.")", at: now)
        return [.file(isExport ? .abandon : .close)] + stop(transfer.way, transfer.id)
    }

    /// Tells the runtime that a capsule is no longer wanted.
    private mutating func stop(_ way: Transfer.Way, _ id: String?) -> [Effect] {
        guard let id else { return [] }
        return way == .export
            ? [close(Methods.stopExport, ExportName(id))] : [close(Methods.stopImport, ImportName(id))]
    }

    // MARK: Many requests

    mutating func start(_ bulk: Bulk) -> [Effect] {
        self.bulk = bulk
        return bulkGoesOn()
    }

    /// Sends the next request; the last answer ends it.
    private mutating func bulkGoesOn() -> [Effect] {
        guard let bulk else { return [] }
        guard let next = bulk.left.first else {
            self.bulk = nil
            let failed = bulk.failed > 0 ? ", \(bulk.failed) of them failed (:log)" : ""
            notices.say(bulk.failed > 0 ? .failed : .done, "\(bulk.title): \(bulk.total) done\(failed).", at: now)
            _ = clearMarks()
            return []
        }
        return [next(&self)]
    }

    mutating func bulkAnswered(_ error: RPCError?) -> [Effect] {
        guard bulk != nil else { return [] }
        bulk?.left.removeFirst()
        if let error {
            bulk?.failed += 1
            notices.say(.failed, "\(bulk?.title ?? ""): \(error.description)", at: now)
        }
        return bulkGoesOn()
    }
}
