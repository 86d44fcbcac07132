internal import Inspection
internal import SessionModel
internal import Terminal

/// What is made of a moment: a snapshot, a fork, the present.
enum MomentActions {
    /// The moment that restoring and forking are about: the selected snapshot, or what is shown.
    static func chosen(_ model: InspectorModel) -> (moment: Moment, words: String)? {
        guard let detail = model.detail else { return nil }
        if model.focus == .detail, let moment = detail.tabs[detail.tab].selectedMoment { return moment }
        return (.seq(detail.moment), "#\(detail.moment)")
    }

    static func askToSnapshot(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail else { return [] }
        var prompt = Overlay.Prompt(
            purpose: .snapshot(detail.key, seq: detail.moment),
            question: "Name of the snapshot of \(detail.key.session) at #\(detail.moment)?"
        )
        prompt.input = TextInput(proposal: "at-\(detail.moment)")
        model.overlay = .prompt(prompt)
        return []
    }

    static func askToFork(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key, let moment = chosen(model) else { return [] }
        let question =
            "Id of the fork of \(key.session) from \(moment.words)? Empty for a new one. Its jobs start paused."
        model.overlay = .prompt(Overlay.Prompt(purpose: .fork(key, from: moment.moment), question: question))
        return []
    }

    static func askToRestore(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let moment = chosen(model) else { return [] }
        let question =
            "Restore \(detail.key.session) to \(moment.words)? Context and state are reset; later events stay in the journal."
        model.overlay = .prompt(
            Overlay.Prompt(
                purpose: .restore(detail.key, to: moment.moment, expect: detail.fold.seq),
                question: question,
                isQuestionOnly: true
            )
        )
        return []
    }

    /// Says what came since the person looked, and asks again.
    private static func askToRestoreAnyway(
        _ key: SessionKey,
        _ to: Moment,
        _ error: RPCError,
        _ model: inout InspectorModel
    ) -> [Effect] {
        let question = "\(error.message) Restore \(key.session) anyway?"
        let purpose = Overlay.Prompt.Purpose.restore(key, to: to, expect: nil)
        model.overlay = .prompt(Overlay.Prompt(purpose: purpose, question: question, isQuestionOnly: true))
        return []
    }

    static func askToDelete(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        let question =
            "Delete \(key.session) with its journal, snapshots and webhooks? This cannot be undone. Type \(key.session) to confirm."
        model.overlay = .prompt(Overlay.Prompt(purpose: .delete(key), question: question))
        return []
    }

    static func askToKeep(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        model.overlay = .prompt(Overlay.Prompt(purpose: .keep(key), question: "Keep \(key.session) under which id?"))
        return []
    }

    /// Carries out what a question about a moment was answered with.
    static func answer(_ purpose: Overlay.Prompt.Purpose, _ text: String, _ model: inout InspectorModel) -> [Effect] {
        switch purpose {
        case .snapshot(let key, let seq):
            guard !text.isEmpty else { return [] }
            let params = SnapshotParams(key) { ($0.name, $0.seq) = (text, seq) }
            let done = "Took the snapshot '\(text)' of #\(seq)."
            return [model.act(Methods.snapshot, params, waiting: "Taking the snapshot", done: done)]
        case .fork(let key, let from):
            let params = ForkParams(key) { ($0.from, $0.id) = (from, text.isEmpty ? nil : text) }
            return [Prompts.create(Methods.fork, params, &model)]
        case .restore(let key, let to, let expect):
            if model.detail?.key == key { model.detail?.past = nil }
            return [restore(key, to, expect, &model)]
        case .deleteSnapshot(let key, let name):
            let params = SnapshotName(key) { $0.name = name }
            return [
                model.act(Methods.deleteSnapshot, params, waiting: "Deleting", done: "Deleted the snapshot '\(name)'.")
            ]
        case .keep(let key):
            guard !text.isEmpty else { return [] }
            return [Prompts.create(Methods.keep, KeepParams(key) { $0.id = text }, &model)]
        case .delete(let key):
            guard text == key.session else {
                model.notices.say(.refused, "That is not the session's id, so nothing was deleted.", at: model.now)
                return []
            }
            return [delete(key, &model)]
        default: return []
        }
    }

    /// - Parameter seen: the last event that the person has seen; `nil` to restore whatever came since.
    private static func restore(_ key: SessionKey, _ moment: Moment, _ seen: Int?, _ model: inout InspectorModel)
        -> Effect
    {
        let params = RestoreParams(key) { ($0.to, $0.expect, $0.anyway) = (moment, seen, seen == nil) }
        return model.request(Methods.restore, params) {
            $1.code == "stale" ? askToRestoreAnyway(key, moment, $1, &$0) : $0.say($1)
        } done: { model in
            model.notices.say(.done, "Restored \(key.session).", at: model.now)
            return []
        }
    }

    private static func delete(_ key: SessionKey, _ model: inout InspectorModel) -> Effect {
        model.request(
            Methods.delete,
            DeleteParams(key) { $0.confirm = key.session },
            waiting: "Deleting",
            done: { model in
                model.notices.say(.done, "Deleted the session \(key.session).", at: model.now)
                guard model.list.selected == key, model.focus != .compose else { return [] }
                model.list.selectNeighbour()
                return Attaching.attachSelected(&model)
            }
        )
    }
}
