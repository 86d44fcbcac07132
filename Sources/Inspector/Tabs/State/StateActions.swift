internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// What can be done with a field of the state.
extension StateTab {
    static let actions: [Action] = [
        Action("state.blame", "Show what changed the field", keys: [.character("b")], in: .detail, on: id) {
            jumpToBlame(&$0)
        },
        Action(
            "state.edit",
            "Change the field",
            keys: [.character("C")],
            in: .detail,
            on: id,
            role: .admin
        ) {
            askToEdit(&$0)
        },
        Action(
            "state.reveal",
            "Reveal a hidden value",
            keys: [.character("u")],
            in: .detail,
            on: id,
            role: .admin,
            worksInPast: true
        ) {
            reveal(&$0)
        },
    ]

    /// Shows what changed the selected field, where it happened.
    static func jumpToBlame(_ model: inout InspectorModel) -> [Effect] {
        guard let seq = model.pane.flatMap({ $0.detail.state.selectedEvent(in: $0) }) else {
            model.notices.say(.refused, "No event is known that changed this field.", at: model.now)
            return []
        }
        guard let change = model.detail?.event(seq) else { return TimeTravel.go(to: seq, &model) }
        return EventCards.jump(to: change.cause ?? seq, &model)
    }

    /// The path of the selected field, and its value now.
    private static func field(_ model: InspectorModel) -> (path: JSONPointer, value: JSON)? {
        guard let detail = model.detail else { return nil }
        let path = detail.state.tree.current(in: detail.fold.state)
        guard !path.pieces.isEmpty, let value = try? detail.fold.state.value(at: path) else { return nil }
        return (path, value)
    }

    private static func askToEdit(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key, let (path, value) = field(model) else { return [] }
        guard CutPart.find(in: value).isEmpty else {
            model.notices.say(.refused, "Change: \(path) is too large to edit here.", at: model.now)
            return []
        }
        var prompt = Overlay.Prompt(
            purpose: .editField(key, path, was: value),
            question: "New value of \(path) of \(key.session), as JSON?"
        )
        prompt.input = TextInput(proposal: value.text)
        model.overlay = .prompt(prompt)
        return []
    }

    /// Changes a field if it still is what the person has seen; whatever else has happened does not matter.
    static func edit(
        _ key: SessionKey,
        _ path: JSONPointer,
        _ text: String,
        was seen: JSON,
        _ model: inout InspectorModel
    ) -> [Effect] {
        guard let value = try? JSON(parsing: text) else { return [] }
        let patch = JSONPatch([.test(path, seen), .replace(path, value)])
        let done = "Changed \(path) of \(key.session)."
        let params = EditParams(key) { $0.state = patch.json }
        return [model.act(Methods.edit, params, waiting: "Changing \(path)", done: done)]
    }

    private static func reveal(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail else { return [] }
        let path = detail.state.tree.current(in: detail.fold.state)
        guard !path.pieces.isEmpty else { return [] }
        let params = RevealParams {
            $0.agent = detail.key.agent
            $0.session = detail.key.session
            $0.path = "\(path)"
        }
        return [
            model.request(Methods.reveal, params, waiting: "Revealing") { model, revealed in
                let lines = [StyledLine(SafeText(revealed.value.string ?? revealed.value.text))]
                model.overlay = .text(Overlay.Text(title: "\(path) (this reveal is audited)", lines: lines))
                return []
            }
        ]
    }
}
