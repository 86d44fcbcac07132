internal import Inspection
internal import SessionModel
internal import Terminal

/// Every action there is.
enum ActionTable {
    static let all: [Action] = moving + looking + travelling + acting + keeping + taking + general

    static func action(_ id: String) -> Action? { all.first { $0.id == id } }

    private static let moving: [Action] = [
        Action("list.down", "Next session", keys: [.down, .character("j")], in: .sessions) { $0.selectSession(by: 1) },
        Action("list.up", "Previous session", keys: [.up, .character("k")], in: .sessions) { $0.selectSession(by: -1) },
        Action("list.page-down", "A page of sessions down", keys: [.pageDown, .control("d")], in: .sessions) {
            $0.selectSession(by: $0.layout.listHeight)
        },
        Action("list.page-up", "A page of sessions up", keys: [.pageUp, .control("u")], in: .sessions) {
            $0.selectSession(by: -$0.layout.listHeight)
        },
        Action("list.first", "First session", keys: [.home, .character("g")], in: .sessions) {
            $0.selectSession(row: 0)
        },
        Action("list.last", "Last session", keys: [.end, .character("G")], in: .sessions) {
            $0.selectSession(row: $0.list.total - 1)
        },
        Action(
            "list.open",
            "Look into the session",
            keys: [.enter, .right, .character("l")],
            in: .sessions,
            isProminent: true
        ) {
            $0.focusDetail()
        },
        Action("detail.down", "Down", keys: [.down, .character("j")], in: .detail) { $0.moveInDetail(by: 1) },
        Action("detail.up", "Up", keys: [.up, .character("k")], in: .detail) { $0.moveInDetail(by: -1) },
        Action("detail.page-down", "A page down", keys: [.pageDown, .control("d")], in: .detail) {
            $0.moveInDetail(by: $0.layout.detailHeight)
        },
        Action("detail.page-up", "A page up", keys: [.pageUp, .control("u")], in: .detail) {
            $0.moveInDetail(by: -$0.layout.detailHeight)
        },
        Action("detail.first", "To the beginning", keys: [.home, .character("g")], in: .detail) {
            $0.moveInDetail(by: -1_000_000)
        },
        Action("detail.last", "To the end, following what comes", keys: [.end, .character("G")], in: .detail) {
            $0.detail?.past == nil ? $0.moveInDetail(by: 1_000_000) : $0.travelToPresent()
        },
        Action(
            "detail.open",
            "Open, fold or unfold",
            keys: [.enter],
            in: .detail,
            isProminent: true,
            unless: { $0.detail?.tab == .hooks && $0.detail?.hooks.opened != nil ? "It is open; Esc closes it." : nil }
        ) {
            $0.openInDetail()
        },
        Action("detail.back", "Back", keys: [.escape, .left, .character("h")], in: .detail, isProminent: true) {
            $0.backFromDetail()
        },
        Action("compose.leave", "Leave the line", keys: [.escape], in: .compose) {
            $0.notices.dismiss()
            $0.focus = $0.paneBeforeCompose
            return []
        },
    ]

    private static let looking: [Action] = [
        tab(.context, "1"), tab(.state, "2"), tab(.hooks, "3"), tab(.jobs, "4"), tab(.trace, "5"),
        tab(.snapshots, "6"),
        Action("tab.next", "Next tab", keys: [.character(")")]) { $0.showTab(by: 1) },
        Action("tab.previous", "Previous tab", keys: [.character("(")]) { $0.showTab(by: -1) },
        Action("pane.next", "Next pane", keys: [.tab], isProminent: true) { $0.moveFocus(by: 1) },
        Action("pane.previous", "Previous pane", keys: [.backTab]) { $0.moveFocus(by: -1) },
        Action("list.filter", "Filter the sessions", keys: [.character("/")], in: .sessions, isProminent: true) {
            $0.list.isFiltering = true
            return []
        },
        Action("search", "Search in the tab", keys: [.character("/")], in: .detail, isProminent: true) {
            $0.beginSearch()
        },
        Action("search.next", "Next place that was found", keys: [.character("n")], in: .detail, unless: noSearch) {
            $0.findNext(by: 1)
        },
        Action("search.previous", "Place that was found before", keys: [.character("N")], in: .detail, unless: noSearch)
        { $0.findNext(by: -1) },
        Action("list.mark", "Mark the session", keys: [.character(" ")], in: .sessions) { $0.markSession() },
        Action("hook.mark", "Mark the exchange", keys: [.character(" ")], in: .detail, unless: noExchange) {
            $0.markExchange()
        },
        Action("pane.zoom", "Zoom the pane", keys: [.character("z")]) {
            $0.arrangement.isZoomed.toggle()
            return []
        },
        Action("pane.narrow", "Narrow the list", keys: [.character("<")]) { $0.resizeList(by: -2) },
        Action("pane.widen", "Widen the list", keys: [.character(">")]) { $0.resizeList(by: 2) },
        Action("list.sort", "Sort by the next column", keys: [.character("o")], in: .sessions) { $0.sortByNext() },
        Action("list.reverse", "Sort the other way round", keys: [.character("O")], in: .sessions) {
            $0.reverseSort()
        },
        Action("list.clear", "Take the filter away", keys: [.escape], in: .sessions) { $0.clearFilter() },
        Action(
            "compose",
            "Write a message",
            keys: [.character("i"), .character("m")],
            isProminent: true,
            unless: { noSession($0) ?? $0.obstacleOfThePast }
        ) {
            $0.focus = .compose
            return []
        },
    ]

    private static let acting: [Action] = [
        Action(
            "hook.replay",
            "Replay the hook",
            keys: [.character("r")],
            in: .detail,
            role: .operator,
            isProminent: true,
            unless: noExchange
        ) {
            $0.detail?.hooks.marked.isEmpty == false ? $0.replayMarked() : $0.replay(into: "same")
        },
        Action(
            "hook.replay-into",
            "Replay the hook into another session",
            keys: [.character("R")],
            in: .detail,
            role: .operator,
            unless: noExchange
        ) {
            $0.askWhereToReplay()
        },
        Action("hook.lab", "Edit and replay the hook", keys: [.character("e")], in: .detail, unless: noExchange) {
            $0.openLab()
        },
        Action(
            "state.edit",
            "Change the field",
            keys: [.character("C")],
            in: .detail,
            role: .admin,
            unless: noField
        ) {
            $0.askToEditField()
        },
        Action(
            "state.reveal",
            "Reveal a hidden value",
            keys: [.character("u")],
            in: .detail,
            role: .admin,
            worksInPast: true,
            unless: noField
        ) {
            $0.reveal()
        },
        Action("audit", "Who did what", keys: [.character("A")], role: .admin, worksInPast: true) { $0.loadAudit() },
        Action(
            "job.run",
            "Run the job now",
            keys: [.character("x")],
            in: .detail,
            role: .operator,
            isProminent: true,
            unless: noJob
        ) {
            $0.runJob()
        },
        Action(
            "job.pause",
            "Pause or resume the job",
            keys: [.character("p")],
            in: .detail,
            role: .operator,
            isProminent: true,
            unless: noJob
        ) {
            $0.pauseJob()
        },
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

    private static let travelling: [Action] = [
        Action("time.back", "Step an event back", keys: [.character("[")], unless: noSession) { $0.travel(by: -1) },
        Action("time.forward", "Step an event forth", keys: [.character("]")], unless: noSession) {
            $0.travel(by: 1)
        },
        Action("time.turn-back", "Step a turn back", keys: [.character("{")], unless: noSession) {
            $0.travelByTurn(forward: false)
        },
        Action("time.turn-forward", "Step a turn forth", keys: [.character("}")], unless: noSession) {
            $0.travelByTurn(forward: true)
        },
        Action("time.go", "Go to an event", keys: [.character("#")], unless: noSession) { $0.askForMomentNumber() },
        Action("time.live", "Back to the present", keys: [.character(".")], isProminent: true, unless: notPast) {
            $0.travelToPresent()
        },
        Action("event.view", "Look at the event, its cause and its effects", keys: [.character("v")], unless: noSession)
        { $0.viewEvent() },
        Action("state.blame", "Show what changed the field", keys: [.character("b")], in: .detail, unless: noField) {
            $0.jumpToBlame()
        },
    ]

    private static let keeping: [Action] = [
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
            "snapshot.mark",
            "Compare others with this snapshot",
            keys: [.character("=")],
            in: .detail,
            unless: noSnapshot
        ) { $0.markSnapshot() },
        Action(
            "snapshot.delete",
            "Delete the snapshot",
            keys: [.character("D"), .delete],
            in: .detail,
            role: .admin,
            unless: noSnapshot
        ) {
            $0.askToDeleteSnapshot()
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

    private static let taking: [Action] = [
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

    private static let general: [Action] = [
        Action("palette", "Find an action", keys: [.character(":")], isProminent: true) {
            $0.overlay = .palette(Overlay.Palette())
            return []
        },
        Action("help", "Help", keys: [.character("?"), .function(1)], isProminent: true) {
            $0.overlay = .help(Overlay.Help())
            return []
        },
        Action("log", "What was done, and what went wrong", keys: [.character("L")]) {
            $0.overlay = .log(top: 0)
            return []
        },
        Action("read-only", "Read-only on or off", keys: [.control("r")]) {
            $0.isReadOnly.toggle()
            $0.notices.say(
                .done,
                $0.isReadOnly ? "Read-only: nothing can be changed." : "Read-only is off.",
                at: $0.now
            )
            return []
        },
        Action("suspend", "Suspend", keys: [.control("z")]) { _ in [.suspend] },
        Action("quit", "Quit", keys: [.character("q"), .control("c")], isProminent: true) { $0.askToQuit() },
    ]

    private static func tab(_ tab: SessionDetail.Tab, _ key: Character) -> Action {
        Action("tab.\(tab.title.lowercased())", "Show \(tab.title)", keys: [.character(key)]) { $0.show(tab) }
    }

    @Sendable private static func noSession(_ model: InspectorModel) -> String? {
        model.detail == nil ? "No session is selected." : nil
    }

    @Sendable private static func noSearch(_ model: InspectorModel) -> String? {
        model.search == nil ? "Nothing is searched for; / does." : nil
    }

    @Sendable private static func transferring(_ model: InspectorModel) -> String? {
        model.transfer == nil ? nil : "A capsule is on its way already."
    }

    @Sendable private static func exporting(_ model: InspectorModel) -> String? {
        noSession(model) ?? transferring(model)
    }

    @Sendable private static func notPast(_ model: InspectorModel) -> String? {
        model.detail?.past == nil ? "This is the present." : nil
    }

    @Sendable private static func noField(_ model: InspectorModel) -> String? {
        model.detail?.tab == .state ? nil : "It works on the State tab (2)."
    }

    @Sendable private static func noSnapshot(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .snapshots else { return "It works on the Snapshots tab (6)." }
        return detail.snapshots.current == nil ? "The session has no snapshots." : nil
    }

    @Sendable private static func noMoment(_ model: InspectorModel) -> String? {
        guard let detail = model.detail else { return "No session is selected." }
        if detail.past != nil || (detail.tab == .snapshots && detail.snapshots.current != nil) { return nil }
        return "Go to a moment with [ and ], or select a snapshot (6)."
    }

    @Sendable private static func notTemporary(_ model: InspectorModel) -> String? {
        guard let detail = model.detail else { return "No session is selected." }
        return detail.summary?.kind == .temporary ? nil : "The session is kept already."
    }

    @Sendable private static func noExchange(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .hooks else { return "It works on the Hooks tab (3)." }
        return detail.hooks.selected == nil ? "The session has had no hooks." : nil
    }

    @Sendable private static func noJob(_ model: InspectorModel) -> String? {
        guard let detail = model.detail, detail.tab == .jobs else { return "It works on the Jobs tab (4)." }
        return detail.jobs.current == nil ? "The session has no jobs." : nil
    }
}

extension Action.Scope {
    init(_ focus: InspectorModel.Focus) {
        switch focus {
        case .sessions: self = .sessions
        case .detail: self = .detail
        case .compose: self = .compose
        }
    }
}
