internal import Inspection
internal import SessionModel

/// Sessions that something is to be done with.
struct Marks: Sendable {
    var keys: Set<SessionKey> = []
    /// Whether what the selection goes over is marked.
    var isRange = false
}

/// Marked sessions and exchanges, and what is done with all of them.
extension Marks {
    static func mark(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.list.selected else { return [] }
        if model.list.marks.keys.remove(key) == nil { model.list.marks.keys.insert(key) }
        return ListKeys.select(by: 1, &model)
    }

    /// Begins to mark the sessions that the selection goes over, or ends it.
    static func toggleRange(_ model: inout InspectorModel) -> [Effect] {
        model.list.marks.isRange.toggle()
        if model.list.marks.isRange, let key = model.list.selected { model.list.marks.keys.insert(key) }
        return []
    }

    /// Takes all marks away; whether there were any.
    static func clear(_ model: inout InspectorModel) -> Bool {
        var wereAny = !model.list.marks.keys.isEmpty
        model.list.marks.keys = []
        model.list.marks.isRange = false
        model.detail?.tabs.forEach { wereAny = $0.clearMarks() || wereAny }
        return wereAny
    }

    /// Asks before something is done to all marked sessions: how many, and which.
    static func ask(_ work: Overlay.Prompt.MarkedWork, _ model: inout InspectorModel) -> [Effect] {
        let keys = model.list.marks.keys.sorted { ($0.agent, $0.session) < ($1.agent, $1.session) }
        let names = keys.prefix(8).map(\.session).joined(separator: ", ") + (keys.count > 8 ? ", …" : "")
        let question = "\(work.title) \(Format.count(keys.count, "session")): \(names)? Type \(keys.count) to do it."
        model.overlay = .prompt(Overlay.Prompt(purpose: .marked(work, keys), question: question))
        return []
    }

    static func carryOut(
        _ work: Overlay.Prompt.MarkedWork,
        on keys: [SessionKey],
        answer: String,
        _ model: inout InspectorModel
    ) -> [Effect] {
        guard answer == String(keys.count) else {
            model.notices.say(.refused, "The number is not \(keys.count). Nothing was changed.", at: model.now)
            return []
        }
        let steps = keys.map { key in
            switch work {
            case .end: Bulk.step(Methods.end, SessionName(key))
            case .delete: Bulk.step(Methods.delete, DeleteParams(key) { $0.confirm = key.session })
            case .snapshot: Bulk.step(Methods.snapshot, SnapshotParams(key) { $0.name = "marked-\(model.now / 1000)" })
            }
        }
        return Bulk.start(Bulk(work.title, steps, since: model.now), &model)
    }
}
