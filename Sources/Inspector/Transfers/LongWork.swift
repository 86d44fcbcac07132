internal import Inspection
internal import SessionModel

/// What takes long, and what is lost when it is ended.
enum LongWork {
    /// Quits, after a question when something is on its way.
    static func askToQuit(_ model: inout InspectorModel) -> [Effect] {
        let long = model.work.words(at: model.now).map {
            "\($0). Quit and give it up?"
        }
        let draft = model.work.composer.unsent.map {
            "What you have written to \($0.session) is not sent. Quit and lose it?"
        }
        guard let question = long ?? draft else { return [.quit] }
        model.overlay = .prompt(Overlay.Prompt(purpose: .quit, question: question, isQuestionOnly: true))
        return []
    }

    /// Stops what takes long; whether there was something.
    static func stop(_ model: inout InspectorModel) -> [Effect]? {
        if let bulk = model.work.bulk {
            model.work.bulk = nil
            model.notices.say(.refused, "\(bulk.title): stopped after \(bulk.done) of \(bulk.total).", at: model.now)
            return []
        }
        guard let transfer = model.work.transfer else {
            return model.work.rerun?.isOver == false ? Rerunning.stop(&model) : nil
        }
        model.work.transfer = nil
        let isExport = transfer.way == .export
        model.notices.say(
            .refused,
            "Stopped. \(isExport ? "The file was removed." : "Nothing was imported.")",
            at: model.now
        )
        return [.file(isExport ? .abandon : .close)] + Transfers.stop(transfer.way, transfer.id, &model)
    }
}
