package import SessionModel

/// What the interface asks the outside to do.
package enum Effect: Sendable, Equatable {
    case request(id: Int, method: String, params: JSON)
    case quit
    case suspend
    /// Redraws the whole screen.
    case redraw
    /// To the clipboard.
    case copy(String)
    /// A text into the person's editor; comes back as ``UpdateMessage/edited(_:)``.
    case edit(String, suffix: String)
    case file(FileWork)
    /// A text into the person's pager.
    case page(String)
    case theme(ThemeChoice)
}

/// Which theme the screen is to have.
package enum ThemeChoice: Sendable, Equatable {
    /// One by its name, from now on.
    case chosen(String)
    /// One by its name, until another one is asked for.
    case preview(String)
    /// The one that was chosen last.
    case back
}
