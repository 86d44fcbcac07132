/// How the person likes it.
package struct Preferences: Sendable {
    package internal(set) var arrangement: Arrangement
    /// Which keys do what.
    package internal(set) var keymap: KeyMap
    /// The names of the themes that there are.
    var themes = Theme.builtInNames
    /// Actions that were found in the palette and done, the last one first.
    var recentActions: [String] = []
    /// The tab in which the next session is shown.
    var lastTab = TabID.context

    init(arrangement: Arrangement, keymap: KeyMap) {
        self.arrangement = arrangement
        self.keymap = keymap
    }
}
