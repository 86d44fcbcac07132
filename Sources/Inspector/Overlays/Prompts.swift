internal import Inspection
internal import SessionModel

/// Questions about sessions, and what is done with the answers to all questions.
enum Prompts {
    /// Asks for a session that is shown once it is there.
    static func create<Params>(_ method: Method<Params, SessionResult>, _ params: Params, _ model: inout InspectorModel)
        -> Effect
    {
        model.request(method, params, waiting: "Making a session") { Attaching.created($1, &$0) }
    }

    static func askForSession(_ model: inout InspectorModel) -> [Effect] {
        guard let agent = model.detail?.key.agent ?? model.setup.agent ?? model.link.hello?.agents.first?.id else {
            return []
        }
        let question = "Id of the new session of \(agent)? Empty for a temporary one."
        model.overlay = .prompt(Overlay.Prompt(purpose: .create(agent: agent), question: question))
        return []
    }

    static func askToEnd(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        let question = "Its jobs stop and it takes no more messages. Type \(key.session) to end it."
        model.overlay = .prompt(Overlay.Prompt(purpose: .end(key), question: question))
        return []
    }

    static func answer(_ prompt: Overlay.Prompt, _ model: inout InspectorModel) -> [Effect] {
        let text = prompt.input.text.trimmed
        switch prompt.purpose {
        case .replay(let exchange):
            return text.isEmpty ? [] : HooksTab.replay(exchange, into: text, &model)
        case .create(let agent):
            let params = CreateParams {
                $0.agent = agent
                $0.session = text.isEmpty ? nil : text
            }
            return [create(Methods.create, params, &model)]
        case .export(let key): return Transfers.export(key, to: text, &model)
        case .take: return Transfers.take(capsule: text, &model)
        case .marked(let work, let keys): return Marks.carryOut(work, on: keys, answer: text, &model)
        case .picture: return Pictures.write(to: text, &model)
        case .rerun(let key): return Rerunning.start(key, text, &model)
        case .quit: return (LongWork.stop(&model) ?? []) + [.quit]
        case .editField(let key, let path, let seen):
            if let problem = EditorTexts.problem(withJSON: text) {
                // What was typed is not lost.
                model.overlay = .prompt(prompt)
                model.notices.say(.refused, problem, at: model.now)
                return []
            }
            return StateTab.edit(key, path, text, was: seen, &model)
        case .snapshot, .fork, .restore, .deleteSnapshot, .keep, .delete:
            return MomentActions.answer(prompt.purpose, text, &model)
        case .travel:
            guard let seq = Int(text.drop { $0 == "#" }), NumberRange.count.contains(seq) else {
                model.notices.say(.refused, "'\(text)' is not the number of an event.", at: model.now)
                return []
            }
            guard let last = model.detail?.fold.seq, (1...max(1, last)).contains(seq) else {
                model.notices.say(
                    .refused,
                    "There is no event #\(seq); the last is #\(model.detail?.fold.seq ?? 0).",
                    at: model.now
                )
                return []
            }
            return TimeTravel.go(to: seq, &model)
        case .end(let key):
            guard text == key.session else {
                model.notices.say(.refused, "That is not the session's id, so nothing was ended.", at: model.now)
                return []
            }
            return [
                model.act(Methods.end, SessionName(key), waiting: "Ending", done: "Ended the session \(key.session).")
            ]
        }
    }
}
