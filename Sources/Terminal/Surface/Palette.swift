/// A colour as a theme names it; a terminal that lacks it shows the nearest one it has.
package enum Color: Sendable, Hashable {
    /// The terminal's own foreground or background.
    case standard
    case rgb(UInt8, UInt8, UInt8)
    /// One of xterm's 256 colours.
    case indexed(UInt8)
}

/// How each role looks.
package struct Palette: Sendable, Hashable {
    package struct Look: Sendable, Hashable {
        package var foreground: Color
        package var background: Color
        package var attributes: Style.Attributes

        package init(foreground: Color = .standard, background: Color = .standard, attributes: Style.Attributes = []) {
            self.foreground = foreground
            self.background = background
            self.attributes = attributes
        }
    }

    private var looks: [ColorRole: Look]

    package init(_ looks: [ColorRole: Look] = [:]) { self.looks = looks }

    package subscript(_ role: ColorRole) -> Look {
        get { looks[role] ?? Look() }
        set { looks[role] = newValue }
    }

    /// Foreground, background and attributes of a cell.
    package func look(of style: Style) -> Look {
        var look = self[style.role]
        if let behind = style.background {
            let back = self[behind]
            look.background = back.background
            look.attributes.formUnion(back.attributes)
        } else {
            look.background = self[.text].background
        }
        look.attributes.formUnion(style.attributes)
        return look
    }
}
