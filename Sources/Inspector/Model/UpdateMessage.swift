package import Terminal

/// What reaches the interface.
package enum UpdateMessage: Sendable {
    case input(Input)
    case clock(Int64)
    case link(LinkEvent)
    case file(FileAnswer)
    /// What the editor left, or why there was none.
    case edited(Result<String, EditorFailure>)
    /// A line for those who look on.
    case caption(String)
    /// The names of the themes that there are.
    case themes([String])
    /// Something that the person is to know.
    case problem(String)
}

/// Why nothing came back from the editor.
package struct EditorFailure: Error, Sendable, Hashable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
