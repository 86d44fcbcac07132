internal import Crypto
internal import Foundation
internal import Inspection
internal import SessionModel
internal import Terminal

/// What can be done in the context.
extension ContextTab {
    static let actions: [Action] = [
        Action("context.page", "A page of messages down", keys: [.character(" ")], in: .detail, on: id) {
            DetailKeys.move(by: $0.layout.detailHeight, &$0)
        },
        Action(
            "message.edit",
            "Change the message",
            keys: [.character("e")],
            in: .detail,
            on: id,
            role: .admin,
            unless: noMessage
        ) {
            editMessage(&$0)
        },
    ]

    /// Why the message at the cursor cannot be edited.
    @Sendable private static func noMessage(_ model: InspectorModel) -> String? {
        guard let pane = model.pane, let message = pane.detail.context.message(in: pane) else {
            return "There is no message."
        }
        if pane.detail.cutMessages[message.id] != nil { return "The message is too large to edit here." }
        let text = message.json.text
        let isHidden = ["‹redacted›", "‹email›", "‹phone›", "‹card "].contains { text.contains($0) }
        return isHidden ? "Parts of the message are redacted; saving would store the redacted text." : nil
    }

    /// Gives the message at the cursor to the editor: its text, or its blocks as JSON where it is more than a text.
    private static func editMessage(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key, let pane = model.pane, let message = pane.detail.context.message(in: pane)
        else { return [] }
        model.work.editing = (key, message)
        return [message.isText ? .edit(message.text, suffix: "txt") : .edit(message.blocksJSON.pretty, suffix: "json")]
    }

    /// Changes a message if it still is what the person has seen; whatever else has happened does not matter.
    static func change(
        _ message: Message,
        of key: SessionKey,
        to text: String,
        _ model: inout InspectorModel
    ) -> [Effect] {
        let content: JSON
        if message.isText {
            content = .string(text)
        } else {
            do { content = try JSON(parsing: text) } catch {
                let problem = "That is not JSON, so nothing was changed: \(error)"
                model.notices.say(.refused, problem, at: model.now)
                return []
            }
        }
        guard content != (message.isText ? .string(message.text) : message.blocksJSON) else {
            model.notices.say(.done, "The message is as it was.", at: model.now)
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
        let params = EditParams(key) { $0.context = [step] }
        return [model.act(Methods.edit, params, waiting: "Changing the message", done: done)]
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
