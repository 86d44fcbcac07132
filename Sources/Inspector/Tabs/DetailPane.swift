internal import SessionModel
internal import Terminal

/// What a tab gets: the session as it is shown, and the rectangle to draw it in.
struct DetailPane: Sendable {
    let model: InspectorModel
    /// The session as it is shown: as it is now, or as it was at a moment of the past.
    let detail: SessionDetail
    /// With its border.
    let frame: Rect

    /// Inside of the border, with a space at each side.
    var rect: Rect { Rect(x: frame.x + 2, y: frame.y + 1, width: frame.width - 4, height: frame.height - 2) }
    /// Columns for a tab; at least one, however small the screen is.
    var width: Int { max(1, rect.width) }
    var height: Int { max(1, rect.height) }
    var isFocused: Bool { model.focus == .detail }
    /// What stands behind the selected row.
    var selectionColor: ColorRole { isFocused ? .selection : .selectionUnfocused }
    /// Whether a second tab stands beside this one.
    var hasCompanion: Bool { model.layout.side != nil }

    /// The pane of the tab beside.
    func beside(_ frame: Rect) -> DetailPane { DetailPane(model: model, detail: detail, frame: frame) }

    /// Draws a sentence in place of what is not there.
    func draw(sentence: String, _ surface: inout Surface) { surface.draw(sentence: sentence, .faint, rect) }

    /// Draws a row, as selected or not.
    func draw(_ line: StyledLine, row: Int, isSelected: Bool, _ surface: inout Surface) {
        let place = Rect(x: rect.x, y: rect.y + row, width: rect.width, height: 1)
        let background = isSelected ? selectionColor : nil
        if isSelected { surface.fill(place, Style(.text, on: background)) }
        surface.draw(line, x: place.x, y: place.y, on: background, maxX: place.maxX)
    }
}
