internal import Inspection
internal import SessionModel
internal import Terminal

/// What is made of a moment: a snapshot, a fork, the present.
extension InspectorModel {
    /// The moment that restoring and forking are about: the selected snapshot, or what is shown.
    var chosenMoment: (json: JSON, words: String)? {
        guard let detail else { return nil }
        if focus == .detail, let moment = detail.tabs[detail.tab].selectedMoment { return moment }
        return (.int(detail.moment), "#\(detail.moment)")
    }

    mutating func askToSnapshot() -> [Effect] {
        guard let detail else { return [] }
        var prompt = Overlay.Prompt(
            purpose: .snapshot(detail.key, seq: detail.moment),
            question: "Name of the snapshot of \(detail.key.session) at #\(detail.moment)?"
        )
        prompt.input = TextInput(proposal: "at-\(detail.moment)")
        overlay = .prompt(prompt)
        return []
    }

    mutating func askToFork() -> [Effect] {
        guard let key = detail?.key, let moment = chosenMoment else { return [] }
        let question =
            "Id of the fork of \(key.session) from \(moment.words)? Empty for a new one. Its jobs start paused."
        overlay = .prompt(Overlay.Prompt(purpose: .fork(key, from: moment.json), question: question))
        return []
    }

    mutating func askToRestore() -> [Effect] {
        guard let detail, let moment = chosenMoment else { return [] }
        let question =
            "Restore \(detail.key.session) to \(moment.words)? Context and state go back; what came after stays in the journal."
        overlay = .prompt(
            Overlay.Prompt(
                purpose: .restore(detail.key, to: moment.json, expect: detail.fold.seq),
                question: question,
                isQuestionOnly: true
            )
        )
        return []
    }

    /// Says what came since the person looked, and asks again.
    private mutating func askToRestoreAnyway(_ key: SessionKey, _ to: JSON, _ error: RPCError) -> [Effect] {
        let question = "\(error.message) Restore \(key.session) anyway?"
        let purpose = Overlay.Prompt.Purpose.restore(key, to: to, expect: nil)
        overlay = .prompt(Overlay.Prompt(purpose: purpose, question: question, isQuestionOnly: true))
        return []
    }

    mutating func askToDelete() -> [Effect] {
        guard let key = detail?.key else { return [] }
        let question =
            "Delete \(key.session) with its journal, snapshots and webhooks? This cannot be undone. Type \(key.session) to confirm."
        overlay = .prompt(Overlay.Prompt(purpose: .delete(key), question: question))
        return []
    }

    mutating func askToKeep() -> [Effect] {
        guard let key = detail?.key else { return [] }
        overlay = .prompt(Overlay.Prompt(purpose: .keep(key), question: "Keep \(key.session) under which id?"))
        return []
    }

    /// Carries out what a question about a moment was answered with.
    mutating func answerAboutMoment(_ purpose: Overlay.Prompt.Purpose, _ text: String) -> [Effect] {
        switch purpose {
        case .snapshot(let key, let seq):
            guard !text.isEmpty else { return [] }
            let params = named(key, ["name": .string(text), "seq": .int(seq)])
            let done = "Took the snapshot '\(text)' of #\(seq)."
            return [act(.snapshot, params, waiting: "Taking the snapshot", done: done)]
        case .fork(let key, let from):
            var params: JSON.Object = named(key, ["from": from]).object ?? [:]
            if !text.isEmpty { params["as"] = .string(text) }
            return [create(.fork, .object(params))]
        case .restore(let key, let to, let expect):
            if detail?.key == key { detail?.past = nil }
            let params =
                expect.map { named(key, ["to": to, "expect": .int($0)]) } ?? named(key, ["to": to, "anyway": true])
            return [restore(key, to, params)]
        case .deleteSnapshot(let key, let name):
            let params = named(key, ["name": .string(name)])
            return [act(.deleteSnapshot, params, waiting: "Deleting", done: "Deleted the snapshot '\(name)'.")]
        case .keep(let key):
            guard !text.isEmpty else { return [] }
            return [create(.keep, named(key, ["as": .string(text)]))]
        case .delete(let key):
            guard text == key.session else {
                notices.say(.refused, "That is not the session's id, so nothing was deleted.", at: now)
                return []
            }
            return [delete(key)]
        default: return []
        }
    }

    private mutating func restore(_ key: SessionKey, _ moment: JSON, _ params: JSON) -> Effect {
        request(.restore, params) {
            $1.code == "stale" ? $0.askToRestoreAnyway(key, moment, $1) : $0.say($1)
        } answered: { model, _ in
            model.notices.say(.done, "Restored \(key.session).", at: model.now)
            return []
        }
    }

    private mutating func delete(_ key: SessionKey) -> Effect {
        request(.delete, named(key, ["confirm": .string(key.session)]), waiting: "Deleting") { model, _ in
            model.notices.say(.done, "Deleted the session \(key.session).", at: model.now)
            guard model.list.selected == key, model.focus != .compose else { return [] }
            model.list.selectNeighbour()
            return model.attachSelected()
        }
    }
}
