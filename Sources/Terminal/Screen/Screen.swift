/// Somewhere that surfaces can be shown.
@MainActor
package protocol Screen: AnyObject {
    var size: Size { get }

    /// Shows a surface; only what is different from the last one is written.
    func present(_ surface: Surface, _ palette: Palette)

    /// Gives the terminal to the shell until the user returns.
    func suspend()

    /// Redraws everything, whatever else was drawn over it.
    func redraw()

    /// Puts a text on the clipboard of the terminal's user (OSC 52).
    func copy(_ text: String)

    /// Gives the terminal to a command of the shell until it has ended.
    ///
    /// - Returns: its exit code.
    func run(_ command: String) -> Int32
}

/// A screen in memory, for tests and pictures.
package final class HeadlessScreen: Screen {
    package var size: Size
    package private(set) var shown: Surface
    package private(set) var frames = 0

    package init(size: Size) {
        self.size = size
        shown = Surface(size: size)
    }

    package func present(_ surface: Surface, _ palette: Palette) {
        shown = surface
        frames += 1
    }

    package func suspend() {}

    package func redraw() {}

    package private(set) var copied: String?
    package func copy(_ text: String) { copied = text }

    package func run(_ command: String) -> Int32 { 0 }

    /// The rows as text, without the spaces at their ends.
    package var text: String { shown.text }
}

extension Surface {
    /// The rows as text, without the spaces at their ends.
    package var text: String {
        (0..<size.height).map { y in
            var row = text(row: y).unicodeScalars
            while row.last == " " { row.removeLast() }
            return String(row) + "\n"
        }.joined()
    }
}
