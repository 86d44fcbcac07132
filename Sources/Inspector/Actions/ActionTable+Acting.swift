internal import Inspection
internal import SessionModel
internal import Terminal

/// What changes something, or takes something away.
extension ActionTable {
    static let acting: [Action] = [
        Action("audit", "Who did what", keys: [.character("A")], role: .admin, worksInPast: true) {
            AuditLog.load(&$0)
        },
        Action("turn.cancel", "Cancel the turn in flight", keys: [.character("c")], role: .operator, unless: noSession)
        {
            ComposerKeys.cancelTurn(&$0)
        },
        Action("session.create", "Make a session", keys: [.character("n")], in: .sessions, role: .operator) {
            Prompts.askForSession(&$0)
        },
        Action("session.end", "End the session", keys: [.character("E")], role: .admin, unless: noSession) {
            $0.list.marks.keys.isEmpty ? Prompts.askToEnd(&$0) : Marks.ask(.end, &$0)
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
            $0.list.marks.keys.isEmpty ? MomentActions.askToSnapshot(&$0) : Marks.ask(.snapshot, &$0)
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
            MomentActions.askToFork(&$0)
        },
        Action(
            "session.restore",
            "Restore the session to here",
            keys: [.character("B")],
            role: .admin,
            worksInPast: true,
            unless: noMoment
        ) {
            MomentActions.askToRestore(&$0)
        },
        Action(
            "session.keep",
            "Keep the temporary session",
            keys: [.character("K")],
            role: .operator,
            unless: notTemporary
        ) { MomentActions.askToKeep(&$0) },
        Action(
            "session.rerun",
            "Rerun the session in a fork",
            keys: [.character("T")],
            role: .operator,
            worksInPast: true,
            unless: noSession
        ) { Rerunning.ask(&$0) },
        Action("rerun.show", "Show the last rerun", keys: [.character("t")], unless: Rerunning.isMissing) {
            Rerunning.show(&$0)
        },
        Action("session.delete", "Delete the session", keys: [.character("X")], role: .admin, unless: noSession) {
            $0.list.marks.keys.isEmpty ? MomentActions.askToDelete(&$0) : Marks.ask(.delete, &$0)
        },
    ]

    static let taking: [Action] = [
        Action("open.whole", "Open the text whole, in a pager", keys: [.character("o")], in: .detail, unless: noSession)
        {
            WholeTexts.open(&$0)
        },
        Action("copy", "Copy what is selected", keys: [.character("y")]) { Copying.copy(.text, &$0) },
        Action("copy.json", "Copy it as JSON", keys: [.character("J")]) { Copying.copy(.json, &$0) },
        Action("copy.command", "Copy the command that shows it", keys: [.character("Y")], unless: noSession) {
            Copying.copy(.command, &$0)
        },
        Action("session.export", "Export the session", keys: [.character("w")], role: .viewer, unless: exporting) {
            Transfers.askToExport(&$0)
        },
        Action(
            "session.import",
            "Import a session",
            keys: [.character("I")],
            role: .operator,
            worksInPast: true,
            unless: transferring
        ) { Transfers.askToImport(&$0) },
        Action("screen.picture", "Write a picture of the screen", keys: [.character("P")]) { Pictures.ask(&$0) },
    ]
}
