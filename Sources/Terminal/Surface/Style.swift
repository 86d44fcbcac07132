/// The role of a piece of the screen; a theme gives each role a look.
package enum ColorRole: String, Sendable, Hashable, CaseIterable {
    case text, faint, strong, title
    case border, borderFocused = "border-focused"
    case accent, key
    case user, assistant, system, tool
    case good, warning, bad
    case jsonKey = "json-key", string, number, boolean, null
    case lasting, temporary, asleep, ended
    case changed, past
    /// The background of the selected row, in the focused pane and in the others.
    case selection, selectionUnfocused = "selection-unfocused"
    case bar
}

/// How a cell is drawn: roles, never colours.
package struct Style: Sendable, Hashable {
    package struct Attributes: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let underline = Attributes(rawValue: 4)
        package static let reverse = Attributes(rawValue: 8)
    }

    package var role: ColorRole
    /// The role whose background it has; `nil` for the screen's own.
    package var background: ColorRole?
    package var attributes: Attributes

    package init(_ role: ColorRole, on background: ColorRole? = nil, _ attributes: Attributes = []) {
        self.role = role
        self.background = background
        self.attributes = attributes
    }

    package static let text = Style(.text)

    package func on(_ background: ColorRole?) -> Style { Style(role, on: background, attributes) }
    package var bold: Style { Style(role, on: background, attributes.union(.bold)) }
    package var dim: Style { Style(role, on: background, attributes.union(.dim)) }
}
