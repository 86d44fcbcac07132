internal import Inspection
internal import SessionModel
internal import Terminal

/// The line in which messages are written.
struct ComposerView {
    let model: InspectorModel

    func draw(_ rect: Rect, _ surface: inout Surface) {
        guard let detail = model.detail else { return }
        let isFocused = model.focus == .compose
        let prompt = SafeText(" \(detail.key.session)").cut(to: max(8, rect.width / 4)) + " ❯ "
        let start = surface.draw(prompt, x: rect.x, y: rect.y, Style(isFocused ? .accent : .faint))
        let input = model.work.composer.input(detail.key)
        if input.isEmpty, !isFocused {
            let hint = ComposerKeys.reasonNotToSend(model) ?? "Press i to write a message"
            surface.draw(SafeText(hint).cut(to: rect.maxX - start - 1), x: start, y: rect.y, Style(.faint))
            return
        }
        let line = Rect(x: start, y: rect.y, width: rect.maxX - start - 1, height: rect.height)
        input.draw(in: line, hasCursor: isFocused && model.overlay == nil, &surface)
    }
}
