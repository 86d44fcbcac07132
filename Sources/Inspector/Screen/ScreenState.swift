package import Terminal

/// The screen itself: its size, its colours, and what the mouse does on it.
package struct ScreenState: Sendable {
    package internal(set) var size: Size
    /// How it looks, for pictures of the screen.
    package var palette = Palette()
    /// Whether keys are shown as they are pressed, for those who look on.
    package var showsCaptions = false
    /// The keys that were pressed last, and what was said about them; and since when.
    var caption: (keys: [String], text: String, at: Int64) = ([], "", 0)
    /// Text that is selected with the mouse.
    var selection: Selection?
    /// What the mouse holds.
    var dragged: Dragged?
    /// Where its button was pressed last, and when.
    var lastPress: (at: Point, time: Int64)?

    init(size: Size) { self.size = size }
}
