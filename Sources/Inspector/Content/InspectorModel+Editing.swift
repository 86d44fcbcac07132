internal import Inspection
internal import SessionModel
internal import Terminal

/// What comes back from the editor, changed fields of the state, and pictures of the screen.
extension InspectorModel {
    /// Takes the text that the editor left to where it came from.
    mutating func edited(_ result: Result<String, EditorFailure>) -> [Effect] {
        switch result {
        case .failure(let failure):
            editing = nil
            notices.say(.failed, "Editor: \(failure.reason)", at: now)
            return []
        case .success(let text):
            let text = text.last == "\n" ? String(text.dropLast()) : text
            if mode.lab != nil { return HookLab.edit(&self) { $0 = TextInput(text) } }
            if let edited = editing {
                editing = nil
                return ContextTab.change(edited.message, of: edited.key, to: text, &self)
            }
            guard let key = detail?.key else { return [] }
            composer.edit(key) { $0 = TextInput(text) }
            return []
        }
    }

    /// Why a text is no value of a field.
    func problem(withJSON text: String) -> String? {
        do {
            _ = try JSON(parsing: text)
            return nil
        } catch {
            return "That is not JSON (a text stands in double quotes); nothing was changed: \(error)"
        }
    }

    // MARK: Pictures

    mutating func askForPicture() -> [Effect] {
        var prompt = Overlay.Prompt(
            purpose: .picture,
            question: "Picture of the screen to which file? .txt, .ansi or .svg"
        )
        prompt.input = TextInput(proposal: "seismo-\(now / 1000).svg")
        overlay = .prompt(prompt)
        return []
    }

    mutating func writePicture(to path: String) -> [Effect] {
        guard !path.isEmpty else { return [] }
        notices.dismiss()
        let surface = view()
        let text: String
        switch path.split(separator: ".").last {
        case "txt": text = surface.text
        case "ansi": text = surface.ansi(palette)
        case "svg": text = surface.svg(palette)
        default:
            notices.say(.refused, "'\(path)' must end in .txt, .ansi or .svg.", at: now)
            return []
        }
        notices.say(.done, "Wrote the picture \(path).", at: now)
        return [.file(.create(path: path)), .file(.append(text)), .file(.close)]
    }
}
