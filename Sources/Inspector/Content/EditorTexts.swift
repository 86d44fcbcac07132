internal import Inspection
internal import SessionModel
internal import Terminal

/// Texts that come back from the editor, and whether a text is a field's value.
enum EditorTexts {
    /// Takes the text that the editor left to where it came from.
    static func take(_ result: Result<String, EditorFailure>, _ model: inout InspectorModel) -> [Effect] {
        switch result {
        case .failure(let failure):
            model.work.editing = nil
            model.notices.say(.failed, "Editor: \(failure.reason)", at: model.now)
            return []
        case .success(let text):
            let text = text.last == "\n" ? String(text.dropLast()) : text
            if model.mode.lab != nil { return HookLab.edit(&model) { $0 = TextInput(text) } }
            if let edited = model.work.editing {
                model.work.editing = nil
                return ContextTab.change(edited.message, of: edited.key, to: text, &model)
            }
            guard let key = model.detail?.key else { return [] }
            model.work.composer.edit(key) { $0 = TextInput(text) }
            return []
        }
    }

    /// Why a text is no value of a field.
    static func problem(withJSON text: String) -> String? {
        do {
            _ = try JSON(parsing: text)
            return nil
        } catch {
            return "That is not JSON (a text stands in double quotes); nothing was changed: \(error)"
        }
    }
}
