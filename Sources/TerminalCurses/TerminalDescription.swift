internal import CNCurses

/// What a terminal type can do, by its description on this machine (terminfo(5)).
package struct TerminalDescription: Sendable {
    package let colors: Int
    package let hasMouse: Bool

    /// `nil` where this machine does not know the type. Not to be called while a screen is open.
    package init?(of type: String) {
        var mouse: Int32 = 0
        let colors = type.isEmpty ? -1 : cn_describe(type, &mouse)
        guard colors >= 0 else { return nil }
        self.colors = Int(colors)
        hasMouse = mouse == 1
    }
}
