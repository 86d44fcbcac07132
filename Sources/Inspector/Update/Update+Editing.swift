internal import Crypto
internal import Foundation
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
            if case .lab = overlay { return editLab { $0 = TextInput(text) } }
            if let edited = editing {
                editing = nil
                return change(edited.message, of: edited.key, to: text)
            }
            guard let key = detail?.key else { return [] }
            composer.edit(key) { $0 = TextInput(text) }
            return []
        }
    }

    // MARK: Messages

    /// Gives the message at the cursor to the editor: its text, or its blocks as JSON where it is more than a text.
    mutating func editMessage() -> [Effect] {
        guard let key = detail?.key, let message = messageAtCursor else { return [] }
        editing = (key, message)
        return [message.isText ? .edit(message.text, suffix: "txt") : .edit(message.blocksJSON.pretty, suffix: "json")]
    }

    /// Changes a message if it still is what the person has seen; whatever else has happened does not matter.
    private mutating func change(_ message: Message, of key: SessionKey, to text: String) -> [Effect] {
        let content: JSON
        if message.isText {
            content = .string(text)
        } else {
            do { content = try JSON(parsing: text) } catch {
                notices.say(.refused, "That is not JSON, so nothing was changed: \(error)", at: now)
                return []
            }
        }
        guard content != (message.isText ? .string(message.text) : message.blocksJSON) else {
            notices.say(.done, "The message is as it was.", at: now)
            return []
        }
        let hash = SHA256.hash(data: Data(message.json.text.utf8)).map {
            String(UInt16($0) | 0x100, radix: 16).dropFirst()
        }.joined()
        let step: JSON = [
            "op": "change", "id": .string(message.id), "hash": .string(hash),
            "message": ["role": .string(message.role.rawValue), message.isText ? "content" : "blocks": content],
        ]
        let done = "Changed a message of \(key.session)."
        return [act(.edit, named(key, ["context": [step]]), waiting: "Changing the message", done: done)]
    }

    // MARK: State

    mutating func askToEditField() -> [Effect] {
        guard let detail else { return [] }
        let path = detail.state.current(in: detail.fold.state)
        guard !path.pieces.isEmpty, let value = try? detail.fold.state.value(at: path) else { return [] }
        var prompt = Overlay.Prompt(
            purpose: .editField(detail.key, path, was: value),
            question: "New value of \(path) of \(detail.key.session), as JSON?"
        )
        prompt.input = TextInput(proposal: value.text)
        overlay = .prompt(prompt)
        return []
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

    /// Changes a field if it still is what the person has seen; whatever else has happened does not matter.
    mutating func edit(_ key: SessionKey, _ path: JSONPointer, _ text: String, was seen: JSON) -> [Effect] {
        guard let value = try? JSON(parsing: text) else { return [] }
        let patch = JSONPatch([.test(path, seen), .replace(path, value)])
        let done = "Changed \(path) of \(key.session)."
        return [act(.edit, named(key, ["state": patch.json]), waiting: "Changing \(path)", done: done)]
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

extension Message {
    /// Whether it is a text and nothing else.
    fileprivate var isText: Bool {
        guard blocks.count == 1, case .text = blocks[0] else { return false }
        return true
    }

    fileprivate var blocksJSON: JSON { json["blocks"] ?? [] }
}
