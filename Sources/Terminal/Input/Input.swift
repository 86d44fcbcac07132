/// An event from the terminal or from the person at it.
package enum Input: Sendable, Hashable {
    case key(Key)
    /// Text that was pasted in one piece (bracketed paste).
    case paste(String)
    /// A paste that is over the limit and was discarded.
    case pasteRefused(bytes: Int)
    /// The terminal is gone.
    case hungUp
    case resize(Size)
    /// The program continues after it was suspended: everything must be redrawn.
    case resumed
    case mouse(Mouse)
    /// The terminal's answer to the query for its background.
    case background(isLight: Bool)
}

/// What the mouse did, and where.
package struct Mouse: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case press, drag, release, wheelUp, wheelDown }

    package let kind: Kind
    package let at: Point

    package init(_ kind: Kind, at point: Point) {
        self.kind = kind
        at = point
    }
}

/// A key, as far as terminals tell them apart.
package enum Key: Sendable, Hashable {
    case character(Character)
    case control(Character)
    case alt(Character)
    case enter, tab, backTab, escape, backspace, delete
    case up, down, left, right
    case home, end, pageUp, pageDown
    case function(Int)
}

extension Key: CustomStringConvertible {
    /// As it is written in help: `Ctrl-C`, `Enter`, `F1`.
    package var description: String {
        switch self {
        case .character(" "): "Space"
        case .character(let character): String(character)
        case .control(let character): "Ctrl-\(character.uppercased())"
        case .alt(let character): "Alt-\(character)"
        case .enter: "Enter"
        case .tab: "Tab"
        case .backTab: "Shift-Tab"
        case .escape: "Esc"
        case .backspace: "Backspace"
        case .delete: "Delete"
        case .up: "↑"
        case .down: "↓"
        case .left: "←"
        case .right: "→"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .function(let number): "F\(number)"
        }
    }
}
