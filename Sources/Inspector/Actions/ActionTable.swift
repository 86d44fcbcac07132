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
            return Action("tab.\(name.lowercased())", "Show \(name)", keys: Self.key(ofTab: place)) {
                DetailKeys.show(tab.id, &$0)
            }
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
        Action("list.down", "Next session", keys: [.down, .character("j")], in: .sessions) {
            ListKeys.select(by: 1, &$0)
        },
        Action("list.up", "Previous session", keys: [.up, .character("k")], in: .sessions) {
            ListKeys.select(by: -1, &$0)
        },
        Action(
            "list.page-down",
            "A page of sessions down",
            keys: [.pageDown, .control("d"), .control("f")],
            in: .sessions
        ) {
            ListKeys.select(by: $0.layout.listHeight, &$0)
        },
        Action("list.page-up", "A page of sessions up", keys: [.pageUp, .control("u"), .control("b")], in: .sessions) {
            ListKeys.select(by: -$0.layout.listHeight, &$0)
        },
        Action("list.first", "First session", keys: [.home, .character("g")], in: .sessions) {
            ListKeys.select(row: 0, &$0)
        },
        Action("list.last", "Last session", keys: [.end, .character("G")], in: .sessions) {
            ListKeys.select(row: $0.list.total - 1, &$0)
        },
        Action(
            "list.open",
            "Open the session",
            keys: [.enter, .right, .character("l")],
            in: .sessions,
            isProminent: true
        ) {
            DetailKeys.focus(&$0)
        },
        Action("detail.down", "Down", keys: [.down, .character("j")], in: .detail) { DetailKeys.step(by: 1, &$0) },
        Action("detail.up", "Up", keys: [.up, .character("k")], in: .detail) { DetailKeys.step(by: -1, &$0) },
        Action("detail.page-down", "A page down", keys: [.pageDown, .control("d"), .control("f")], in: .detail) {
            DetailKeys.move(by: $0.layout.detailHeight, &$0)
        },
        Action("detail.page-up", "A page up", keys: [.pageUp, .control("u"), .control("b")], in: .detail) {
            DetailKeys.move(by: -$0.layout.detailHeight, &$0)
        },
        Action("detail.first", "To the beginning", keys: [.home, .character("g")], in: .detail) {
            DetailKeys.move(by: -1_000_000, &$0)
        },
        Action("detail.last", "Jump to end and follow", keys: [.end, .character("G")], in: .detail) {
            $0.detail?.past == nil ? DetailKeys.move(by: 1_000_000, &$0) : TimeTravel.goToPresent(&$0)
        },
        Action(
            "detail.open",
            "Open, fold or unfold",
            keys: [.enter],
            in: .detail,
            isProminent: true,
            unless: alreadyOpen
        ) {
            DetailKeys.openSelected(&$0)
        },
        Action("detail.back", "Back", keys: [.escape, .character("h")], in: .detail, isProminent: true) {
            DetailKeys.back(&$0)
        },
        Action("compose.leave", "Leave the composer", keys: [.escape], in: .compose) {
            $0.notices.dismiss()
            if case .composing(let pane) = $0.mode { $0.focus = pane }
            return []
        },
    ]

    private static let looking: [Action] = [
        Action("tab.next", "Next tab", keys: [.character(")")]) { DetailKeys.show(by: 1, &$0) },
        Action("tab.previous", "Previous tab", keys: [.character("(")]) { DetailKeys.show(by: -1, &$0) },
        Action("detail.right", "Next tab", keys: [.right], in: .detail) { DetailKeys.show(by: 1, &$0) },
        Action("detail.left", "Previous tab, or back to the list", keys: [.left], in: .detail) {
            $0.detail?.tab == $0.actions.tabs.first?.id ? DetailKeys.back(&$0) : DetailKeys.show(by: -1, &$0)
        },
        Action("pane.next", "Next pane", keys: [.tab], isProminent: true) { DetailKeys.moveFocus(by: 1, &$0) },
        Action("pane.previous", "Previous pane", keys: [.backTab]) { DetailKeys.moveFocus(by: -1, &$0) },
        Action("list.filter", "Filter the sessions", keys: [.character("/")], in: .sessions, isProminent: true) {
            $0.mode = .filtering
            return []
        },
        Action("search", "Search in the tab", keys: [.character("/")], in: .detail, isProminent: true) {
            Search.begin(&$0)
        },
        Action("search.next", "Next match", keys: [.character("n")], in: .detail, unless: noSearch) {
            Search.find(by: 1, &$0)
        },
        Action("search.previous", "Previous match", keys: [.character("N")], in: .detail, unless: noSearch) {
            Search.find(by: -1, &$0)
        },
        Action("find", "Find in all sessions", keys: [.character("f")], role: .viewer, worksInPast: true) {
            Finding.open(&$0)
        },
        Action("list.mark", "Mark the session", keys: [.character(" ")], in: .sessions) { Marks.mark(&$0) },
        Action("list.range", "Mark a range, as far as you move", keys: [.character("V")], in: .sessions) {
            Marks.toggleRange(&$0)
        },
        Action("pane.zoom", "Zoom the pane", keys: [.character("z")]) {
            $0.preferences.arrangement.isZoomed.toggle()
            return []
        },
        Action("pane.narrow", "Narrow the list", keys: [.character("<")]) { ListKeys.resize(by: -2, &$0) },
        Action("pane.widen", "Widen the list", keys: [.character(">")]) { ListKeys.resize(by: 2, &$0) },
        Action("list.sort", "Sort by the next column", keys: [.character("o")], in: .sessions) {
            ListKeys.sortByNext(&$0)
        },
        Action("list.reverse", "Reverse sort order", keys: [.character("O")], in: .sessions) {
            ListKeys.reverseSort(&$0)
        },
        Action("list.trouble", "Only sessions in trouble, or all", keys: [.character("!")]) {
            ListKeys.toggleTrouble(&$0)
        },
        Action("list.clear", "Clear filter", keys: [.escape], in: .sessions) { ListKeys.clearFilter(&$0) },
        Action(
            "compose",
            "Write a message",
            keys: [.character("i"), .character("m")],
            isProminent: true,
            unless: { noSession($0) ?? TimeTravel.obstacle($0) ?? ComposerKeys.reasonNotToSend($0) }
        ) {
            $0.focus = .compose
            return []
        },
    ]

    private static let travelling: [Action] = [
        Action("time.back", "Previous event", keys: [.character("[")], unless: noSession) {
            TimeTravel.go(by: -1, &$0)
        },
        Action("time.forward", "Next event", keys: [.character("]")], unless: noSession) {
            TimeTravel.go(by: 1, &$0)
        },
        Action("time.turn-back", "Previous turn", keys: [.character("{")], unless: noSession) {
            TimeTravel.goByTurn(forward: false, &$0)
        },
        Action("time.turn-forward", "Next turn", keys: [.character("}")], unless: noSession) {
            TimeTravel.goByTurn(forward: true, &$0)
        },
        Action("time.go", "Go to an event", keys: [.character("#")], unless: noSession) {
            TimeTravel.askForNumber(&$0)
        },
        Action("time.live", "Back to the present", keys: [.character(".")], isProminent: true, unless: notPast) {
            TimeTravel.goToPresent(&$0)
        },
        Action("event.view", "Show the event with its cause", keys: [.character("v")], unless: noSession) {
            EventCards.view(&$0)
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
        Action("read-only", "Read-only on or off", keys: [.control("r")], unless: { $0.setup.readOnlyReason }) {
            $0.setup.isReadOnly.toggle()
            $0.notices.say(
                .done,
                $0.setup.isReadOnly ? "Read-only: nothing can be changed." : "Read-only is off.",
                at: $0.now
            )
            return []
        },
        Action("redraw", "Redraw the screen", keys: [.control("l")]) { _ in [.redraw] },
        Action("suspend", "Suspend", keys: [.control("z")]) { _ in [.suspend] },
        Action("quit", "Quit", keys: [.character("q"), .control("c")], isProminent: true) { LongWork.askToQuit(&$0) },
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
