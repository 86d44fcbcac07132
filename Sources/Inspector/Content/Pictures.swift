internal import Inspection
internal import SessionModel
internal import Terminal

/// Pictures of the screen.
enum Pictures {
    static func ask(_ model: inout InspectorModel) -> [Effect] {
        var prompt = Overlay.Prompt(
            purpose: .picture,
            question: "Picture of the screen to which file? .txt, .ansi or .svg"
        )
        prompt.input = TextInput(proposal: "seismo-\(model.now / 1000).svg")
        model.overlay = .prompt(prompt)
        return []
    }

    static func write(to path: String, _ model: inout InspectorModel) -> [Effect] {
        guard !path.isEmpty else { return [] }
        model.notices.dismiss()
        let surface = model.view()
        let text: String
        switch path.split(separator: ".").last {
        case "txt": text = surface.text
        case "ansi": text = surface.ansi(model.screen.palette)
        case "svg": text = surface.svg(model.screen.palette)
        default:
            model.notices.say(.refused, "'\(path)' must end in .txt, .ansi or .svg.", at: model.now)
            return []
        }
        model.notices.say(.done, "Wrote the picture \(path).", at: model.now)
        return [.file(.create(path: path)), .file(.append(text)), .file(.close)]
    }
}
