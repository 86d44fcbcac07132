/// A place in a tab where a text may be found, and how to come there again.
struct SearchPlace: Sendable {
    /// What is looked through.
    let text: String
    /// What stands there, as its tab names it.
    let item: String
    /// The line of it, or in the tab.
    let line: Int

    init(_ text: String, item: String, line: Int = 0) {
        self.text = text
        self.item = item
        self.line = line
    }
}
