internal import Inspection
internal import SessionModel
internal import Terminal

/// What changes something, or takes something away.
extension ActionTable {
    static let acting: [Action] = [
        Action("audit", "Who did what", keys: [.character("A")], role: .admin, worksInPast: true) { $0.loadAudit() },
        Action("turn.cancel", "Cancel the turn in flight", keys: [.character("c")], role: .operator, unless: noSession)
        {
            $0.cancelTurn()
        },
        Action("session.create", "Make a session", keys: [.character("n")], in: .sessions, role: .operator) {
            $0.askForSession()
        },
        Action("session.end", "End the session", keys: [.character("E")], role: .admin, unless: noSession) {
            $0.list.marked.isEmpty ? $0.askToEnd() : $0.askForMarked(.end)
        },
    ]

    static let keeping: [Action] = [
        Action(
            "snapshot.take",
            "Take a snapshot",
            keys: [.character("S")],
            role: .operator,
            worksInPast: true,
            isProminent: true,
            unless: noSession
        ) {
            $0.list.marked.isEmpty ? $0.askToSnapshot() : $0.askForMarked(.snapshot)
        },
        Action(
            "session.fork",
            "Fork the session from here",
            keys: [.character("F")],
            role: .operator,
            worksInPast: true,
            isProminent: true,
            unless: noSession
        ) {
            $0.askToFork()
        },
        Action(
            "session.restore",
            "Restore the session to here",
            keys: [.character("B")],
            role: .admin,
            worksInPast: true,
            unless: noMoment
        ) {
            $0.askToRestore()
        },
        Action(
            "session.keep",
            "Keep the temporary session",
            keys: [.character("K")],
            role: .operator,
            unless: notTemporary
        ) { $0.askToKeep() },
        Action("session.delete", "Delete the session", keys: [.character("X")], role: .admin, unless: noSession) {
            $0.list.marked.isEmpty ? $0.askToDelete() : $0.askForMarked(.delete)
        },
    ]

    static let taking: [Action] = [
        Action("open.whole", "Open the text whole, in a pager", keys: [.character("o")], in: .detail, unless: noSession)
        {
            $0.openWhole()
        },
        Action("copy", "Copy what is selected", keys: [.character("y")]) { $0.copy(.text) },
        Action("copy.json", "Copy it as JSON", keys: [.character("J")]) { $0.copy(.json) },
        Action("copy.command", "Copy the command that shows it", keys: [.character("Y")], unless: noSession) {
            $0.copy(.command)
        },
        Action("session.export", "Export the session", keys: [.character("w")], role: .viewer, unless: exporting) {
            $0.export()
        },
        Action(
            "session.import",
            "Import a session",
            keys: [.character("I")],
            role: .operator,
            worksInPast: true,
            unless: transferring
        ) { $0.askToImport() },
        Action("screen.picture", "Write a picture of the screen", keys: [.character("P")]) { $0.askForPicture() },
    ]
}
