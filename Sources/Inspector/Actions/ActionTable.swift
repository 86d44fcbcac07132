internal import Inspection
internal import SessionModel
internal import Terminal

/// Every action there is.
struct ActionTable: Sendable {
    static let standard = ActionTable(tabs: DetailTabs.all)

    let tabs: [any DetailTab.Type]
    let all: [Action]
    /// What the palette offers: all but what only moves about.
    let offered: [Action]
    /// The place of each action in the table.
    let order: [String: Int]

    init(tabs: [any DetailTab.Type]) {
        self.tabs = tabs
        let shows = tabs.enumerated().map { place, tab in
            let name = tab.id.title
            return Action("tab.\(name.lowercased())", "Show \(name)", keys: Self.key(ofTab: place)) { $0.show(tab.id) }
        }
        offered =
            shows + Self.looking + Self.travelling + tabs.flatMap { $0.actions } + Self.acting + Self.keeping
            + Self.taking
            + Self.general
        all = Self.moving + offered
        order = Dictionary(all.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// The first nine tabs have a digit each.
    private static func key(ofTab place: Int) -> [Key] { place < 9 ? [.character(Character("\(place + 1)"))] : [] }

    subscript(id: String) -> Action? { order[id].map { all[$0] } }

    private static let moving: [Action] = [
        Action("list.down", "Next session", keys: [.down, .character("j")], in: .sessions) { $0.selectSession(by: 1) },
        Action("list.up", "Previous session", keys: [.up, .character("k")], in: .sessions) { $0.selectSession(by: -1) },
        Action(
            "list.page-down",
            "A page of sessions down",
            keys: [.pageDown, .control("d"), .control("f")],
            in: .sessions
        ) {
            $0.selectSession(by: $0.layout.listHeight)
        },
        Action("list.page-up", "A page of sessions up", keys: [.pageUp, .control("u"), .control("b")], in: .sessions) {
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
            "Open the session",
            keys: [.enter, .right, .character("l")],
            in: .sessions,
            isProminent: true
        ) {
            $0.focusDetail()
        },
        Action("detail.down", "Down", keys: [.down, .character("j")], in: .detail) { $0.stepInDetail(by: 1) },
        Action("detail.up", "Up", keys: [.up, .character("k")], in: .detail) { $0.stepInDetail(by: -1) },
        Action("detail.page-down", "A page down", keys: [.pageDown, .control("d"), .control("f")], in: .detail) {
            $0.moveInDetail(by: $0.layout.detailHeight)
        },
        Action("detail.page-up", "A page up", keys: [.pageUp, .control("u"), .control("b")], in: .detail) {
            $0.moveInDetail(by: -$0.layout.detailHeight)
        },
        Action("detail.first", "To the beginning", keys: [.home, .character("g")], in: .detail) {
            $0.moveInDetail(by: -1_000_000)
        },
        Action("detail.last", "Jump to end and follow", keys: [.end, .character("G")], in: .detail) {
            $0.detail?.past == nil ? $0.moveInDetail(by: 1_000_000) : $0.travelToPresent()
        },
        Action(
            "detail.open",
            "Open, fold or unfold",
            keys: [.enter],
            in: .detail,
            isProminent: true,
            unless: alreadyOpen
        ) {
            $0.openInDetail()
        },
        Action("detail.back", "Back", keys: [.escape, .character("h")], in: .detail, isProminent: true) {
            $0.backFromDetail()
        },
        Action("compose.leave", "Leave the composer", keys: [.escape], in: .compose) {
            $0.notices.dismiss()
            if case .composing(let pane) = $0.mode { $0.focus = pane }
            return []
        },
    ]

    private static let looking: [Action] = [
        Action("tab.next", "Next tab", keys: [.character(")")]) { $0.showTab(by: 1) },
        Action("tab.previous", "Previous tab", keys: [.character("(")]) { $0.showTab(by: -1) },
        Action("detail.right", "Next tab", keys: [.right], in: .detail) { $0.showTab(by: 1) },
        Action("detail.left", "Previous tab, or back to the list", keys: [.left], in: .detail) {
            $0.detail?.tab == $0.actions.tabs.first?.id ? $0.backFromDetail() : $0.showTab(by: -1)
        },
        Action("pane.next", "Next pane", keys: [.tab], isProminent: true) { $0.moveFocus(by: 1) },
        Action("pane.previous", "Previous pane", keys: [.backTab]) { $0.moveFocus(by: -1) },
        Action("list.filter", "Filter the sessions", keys: [.character("/")], in: .sessions, isProminent: true) {
            $0.mode = .filtering
            return []
        },
        Action("search", "Search in the tab", keys: [.character("/")], in: .detail, isProminent: true) {
            $0.beginSearch()
        },
        Action("search.next", "Next match", keys: [.character("n")], in: .detail, unless: noSearch) {
            $0.findNext(by: 1)
        },
        Action("search.previous", "Previous match", keys: [.character("N")], in: .detail, unless: noSearch) {
            $0.findNext(by: -1)
        },
        Action("list.mark", "Mark the session", keys: [.character(" ")], in: .sessions) { $0.markSession() },
        Action("list.range", "Mark a range, as far as you move", keys: [.character("V")], in: .sessions) {
            $0.toggleRange()
        },
        Action("pane.zoom", "Zoom the pane", keys: [.character("z")]) {
            $0.arrangement.isZoomed.toggle()
            return []
        },
        Action("pane.narrow", "Narrow the list", keys: [.character("<")]) { $0.resizeList(by: -2) },
        Action("pane.widen", "Widen the list", keys: [.character(">")]) { $0.resizeList(by: 2) },
        Action("list.sort", "Sort by the next column", keys: [.character("o")], in: .sessions) { $0.sortByNext() },
        Action("list.reverse", "Reverse sort order", keys: [.character("O")], in: .sessions) {
            $0.reverseSort()
        },
        Action("list.trouble", "Only sessions in trouble, or all", keys: [.character("!")]) { $0.toggleTrouble() },
        Action("list.clear", "Clear filter", keys: [.escape], in: .sessions) { $0.clearFilter() },
        Action(
            "compose",
            "Write a message",
            keys: [.character("i"), .character("m")],
            isProminent: true,
            unless: { noSession($0) ?? $0.obstacleOfThePast ?? $0.reasonNotToSend }
        ) {
            $0.focus = .compose
            return []
        },
    ]

    private static let travelling: [Action] = [
        Action("time.back", "Previous event", keys: [.character("[")], unless: noSession) { $0.travel(by: -1) },
        Action("time.forward", "Next event", keys: [.character("]")], unless: noSession) {
            $0.travel(by: 1)
        },
        Action("time.turn-back", "Previous turn", keys: [.character("{")], unless: noSession) {
            $0.travelByTurn(forward: false)
        },
        Action("time.turn-forward", "Next turn", keys: [.character("}")], unless: noSession) {
            $0.travelByTurn(forward: true)
        },
        Action("time.go", "Go to an event", keys: [.character("#")], unless: noSession) { $0.askForMomentNumber() },
        Action("time.live", "Back to the present", keys: [.character(".")], isProminent: true, unless: notPast) {
            $0.travelToPresent()
        },
        Action("event.view", "Show the event with its cause", keys: [.character("v")], unless: noSession) {
            $0.viewEvent()
        },
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
        Action("log", "What was done, what went wrong", keys: [.character("L")]) {
            $0.overlay = .log(top: 0)
            return []
        },
        Action("read-only", "Read-only on or off", keys: [.control("r")], unless: { $0.readOnlyReason }) {
            $0.isReadOnly.toggle()
            $0.notices.say(
                .done,
                $0.isReadOnly ? "Read-only: nothing can be changed." : "Read-only is off.",
                at: $0.now
            )
            return []
        },
        Action("redraw", "Redraw the screen", keys: [.control("l")]) { _ in [.redraw] },
        Action("suspend", "Suspend", keys: [.control("z")]) { _ in [.suspend] },
        Action("quit", "Quit", keys: [.character("q"), .control("c")], isProminent: true) { $0.askToQuit() },
    ]
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

extension InspectorModel {
    /// Every action that there is with these tabs.
    var actions: ActionTable { keymap.actions }

    /// Why an action of another tab cannot be done.
    func worksOn(_ tab: TabID) -> String {
        let place = actions.tabs.firstIndex { $0.id == tab }.map { " (\($0 + 1))" } ?? ""
        return "It works on the \(tab.title) tab\(place)."
    }
}
