internal import Inspection
internal import SessionModel
internal import Terminal

/// Every action there is.
enum ActionTable {
    static let all: [Action] = moving + looking + acting + general

    static func action(_ id: String) -> Action? { all.first { $0.id == id } }

    /// The action of a key where the focus is: the pane's own before those that count everywhere.
    static func action(for key: Key, in focus: InspectorModel.Focus) -> Action? {
        let scope = Action.Scope(focus)
        return all.first { $0.scope == scope && $0.keys.contains(key) }
            ?? all.first { $0.scope == .everywhere && $0.keys.contains(key) }
    }

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
        Action("detail.page-down", "A page down", keys: [.pageDown, .control("d"), .character(" ")], in: .detail) {
            $0.moveInDetail(by: $0.layout.detailHeight)
        },
        Action("detail.page-up", "A page up", keys: [.pageUp, .control("u")], in: .detail) {
            $0.moveInDetail(by: -$0.layout.detailHeight)
        },
        Action("detail.first", "To the beginning", keys: [.home, .character("g")], in: .detail) {
            $0.moveInDetail(by: -1_000_000)
        },
        Action("detail.last", "To the end, following what comes", keys: [.end, .character("G")], in: .detail) {
            $0.moveInDetail(by: 1_000_000)
        },
        Action("detail.open", "Open, fold or unfold", keys: [.enter], in: .detail, isProminent: true) {
            $0.openInDetail()
        },
        Action("detail.back", "Back", keys: [.escape, .left, .character("h")], in: .detail, isProminent: true) {
            $0.backFromDetail()
        },
        Action("compose.leave", "Leave the line", keys: [.escape], in: .compose) {
            $0.notices.dismiss()
            $0.focus = .detail
            return []
        },
    ]

    private static let looking: [Action] = [
        tab(.context, "1"), tab(.state, "2"), tab(.hooks, "3"), tab(.jobs, "4"),
        Action("tab.next", "Next tab", keys: [.character("]")]) { $0.showTab(by: 1) },
        Action("tab.previous", "Previous tab", keys: [.character("[")]) { $0.showTab(by: -1) },
        Action("pane.next", "Next pane", keys: [.tab], isProminent: true) { $0.moveFocus(by: 1) },
        Action("pane.previous", "Previous pane", keys: [.backTab]) { $0.moveFocus(by: -1) },
        Action("list.filter", "Filter the sessions", keys: [.character("/")], isProminent: true) {
            $0.focus = .sessions
            $0.list.isFiltering = true
            return []
        },
        Action("list.sort", "Sort by the next column", keys: [.character("o")], in: .sessions) { $0.sortByNext() },
        Action("list.clear", "Take the filter away", keys: [.escape], in: .sessions) { $0.clearFilter() },
        Action(
            "compose",
            "Write a message",
            keys: [.character("i"), .character("m")],
            isProminent: true,
            unless: noSession
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
            $0.replay(into: "same")
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
        Action("session.create", "Make a session", keys: [.character("n")], role: .operator) { $0.askForSession() },
        Action("session.end", "End the session", keys: [.character("E")], role: .admin, unless: noSession) {
            $0.askToEnd()
        },
    ]

    private static let general: [Action] = [
        Action("palette", "Find an action", keys: [.character(":")], isProminent: true) {
            $0.overlay = .palette(Overlay.Palette())
            return []
        },
        Action("help", "Help", keys: [.character("?"), .function(1)], isProminent: true) {
            $0.overlay = .help(top: 0)
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
        Action("quit", "Quit", keys: [.character("q"), .control("c")], isProminent: true) { _ in [.quit] },
    ]

    private static func tab(_ tab: SessionDetail.Tab, _ key: Character) -> Action {
        Action("tab.\(tab.title.lowercased())", "Show \(tab.title)", keys: [.character(key)]) { $0.show(tab) }
    }

    @Sendable private static func noSession(_ model: InspectorModel) -> String? {
        model.detail == nil ? "No session is selected." : nil
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
