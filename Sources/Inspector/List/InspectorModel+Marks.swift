internal import Inspection
internal import SessionModel

/// Marked sessions and exchanges, and what is done with all of them.
extension InspectorModel {
    mutating func markSession() -> [Effect] {
        guard let key = list.selected else { return [] }
        if list.marked.remove(key) == nil { list.marked.insert(key) }
        return selectSession(by: 1)
    }

    /// Begins to mark the sessions that the selection goes over, or ends it.
    mutating func toggleRange() -> [Effect] {
        list.marksRange.toggle()
        if list.marksRange, let key = list.selected { list.marked.insert(key) }
        return []
    }

    /// Takes all marks away; whether there were any.
    mutating func clearMarks() -> Bool {
        var wereAny = !list.marked.isEmpty
        list.marked = []
        list.marksRange = false
        detail?.tabs.forEach { wereAny = $0.clearMarks() || wereAny }
        return wereAny
    }

    /// Asks before something is done to all marked sessions: how many, and which.
    mutating func askForMarked(_ work: Overlay.Prompt.MarkedWork) -> [Effect] {
        let keys = list.marked.sorted { ($0.agent, $0.session) < ($1.agent, $1.session) }
        let names = keys.prefix(8).map(\.session).joined(separator: ", ") + (keys.count > 8 ? ", …" : "")
        let question = "\(work.title) \(Format.count(keys.count, "session")): \(names)? Type \(keys.count) to do it."
        overlay = .prompt(Overlay.Prompt(purpose: .marked(work, keys), question: question))
        return []
    }

    mutating func carryOut(_ work: Overlay.Prompt.MarkedWork, on keys: [SessionKey], answer: String) -> [Effect] {
        guard answer == String(keys.count) else {
            notices.say(.refused, "The number is not \(keys.count). Nothing was changed.", at: now)
            return []
        }
        let steps = keys.map { key in
            switch work {
            case .end: Bulk.step(Methods.end, SessionName(key))
            case .delete: Bulk.step(Methods.delete, DeleteParams(key) { $0.confirm = key.session })
            case .snapshot: Bulk.step(Methods.snapshot, SnapshotParams(key) { $0.name = "marked-\(now / 1000)" })
            }
        }
        return start(Bulk(work.title, steps, since: now))
    }
}
