internal import Inspection
internal import SessionModel
internal import Terminal

/// A tab of the detail pane: what it keeps of the session that is looked into, what it shows of it, and what keys do.
///
/// Each is one type in a folder of its own. ``DetailTabs/all`` lists them, and nothing else knows which there are. Only
/// ``id``, ``move(by:in:)`` and ``draw(_:_:)`` have to be written; all else has a default that does nothing.
protocol DetailTab: Sendable {
    static var id: TabID { get }
    /// What can be done in it, beside what can be done in all tabs.
    static var actions: [Action] { get }
    /// The tab that stands beside this one where the screen has room for both.
    static var companion: TabID? { get }

    /// As it is when a session is opened.
    init()

    // MARK: Following the session

    /// Takes in what the runtime says of the session when it is opened.
    mutating func show(_ head: SessionHead)
    mutating func apply(_ event: SessionEvent, of session: SessionKey)
    /// Whether an event changes what ``load(_:)`` asks for.
    static func mustLoad(after event: SessionEvent) -> Bool
    /// As it was after an event of the past, and at what time that was.
    func past(at seq: Int, _ time: Int64) -> Self
    /// Handles a lost link.
    mutating func linkWentDown()

    // MARK: Asking the runtime

    /// Asks for what it follows of a session that has been opened.
    static func attached(_ model: inout InspectorModel) -> [Effect]
    /// What is to be closed when another session is looked into.
    var closing: [@Sendable (inout InspectorModel) -> Effect] { get }
    static func take(_ notification: InspectionNotification, _ params: JSON, _ model: inout InspectorModel)
    /// Asks for what it shows, each time that it comes to be shown.
    static func load(_ model: inout InspectorModel) -> [Effect]
    /// Asks again for what may have changed, because something was done in the session.
    static func refresh(_ model: inout InspectorModel) -> [Effect]
    /// The numbers of events without which something on the screen cannot be told.
    func neededEvents(in pane: DetailPane) -> [Int]
    /// What ``neededEvents(in:)`` depends on, beside what the runtime has answered; `nil` where it never needs any.
    func neededView(in pane: DetailPane) -> (any Hashable & Sendable)?
    /// Whether something on the screen is from before the events that are known.
    func needsOlderEvents(in pane: DetailPane) -> Bool

    // MARK: Moving about

    /// Moves the selection, or else what is shown, by so many rows.
    mutating func move(by rows: Int, in pane: DetailPane)
    /// To the next or the previous thing; by default a row.
    mutating func step(by step: Int, in pane: DetailPane)
    /// Selects what stands in a row of the screen.
    mutating func select(row: Int, in pane: DetailPane)
    /// The same, where it stands beside another tab.
    mutating func selectBeside(row: Int, in pane: DetailPane)
    /// Opens what is selected, or folds it.
    static func openSelected(_ model: inout InspectorModel) -> [Effect]
    /// What that is in a word or two, for the footer.
    func openingTitle(in pane: DetailPane) -> String
    /// Why nothing can be opened now.
    var reasonNotToOpen: String? { get }
    /// Closes what is open in it; whether something was.
    mutating func close() -> Bool
    /// Takes marks away; whether there were any.
    mutating func clearMarks() -> Bool

    // MARK: Reading

    /// What can be found in it, from the top.
    func places(in pane: DetailPane) -> [SearchPlace]
    /// Where a text, in lower case, is found in it, from the top.
    func places(of text: String, in pane: DetailPane) -> [SearchPlace]
    /// Whether what is newest, and so looked for first, is at the end.
    static var isSearchedFromEnd: Bool { get }
    mutating func go(to place: SearchPlace, in pane: DetailPane)
    /// What the cursor is on.
    func selection(in pane: DetailPane) -> SelectedThing?
    /// The event of what is selected.
    func selectedEvent(in pane: DetailPane) -> Int?
    /// The moment that is selected, to be restored or forked from.
    var selectedMoment: (moment: Moment, words: String)? { get }
    /// Shows where an event is seen in it; `nil` when it is none of its own.
    static func show(_ event: SessionEvent, _ model: inout InspectorModel) -> [Effect]?

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface)
    /// Draws it beside another tab.
    func drawBeside(_ pane: DetailPane, _ surface: inout Surface)
    /// What stands over the lower edge, when the session itself has nothing to say there.
    func warning(in pane: DetailPane) -> String?
    /// What the footer says in place of the keys.
    var footer: StyledLine? { get }
    /// Whether nothing of it changes with time alone.
    func isStill(in pane: DetailPane) -> Bool
}

extension DetailTab {
    static var actions: [Action] { [] }
    static var companion: TabID? { nil }
    static var isSearchedFromEnd: Bool { false }

    mutating func show(_ head: SessionHead) {}
    mutating func apply(_ event: SessionEvent, of session: SessionKey) {}
    static func mustLoad(after event: SessionEvent) -> Bool { false }
    func past(at seq: Int, _ time: Int64) -> Self { self }
    mutating func linkWentDown() {}

    static func attached(_ model: inout InspectorModel) -> [Effect] { [] }
    var closing: [@Sendable (inout InspectorModel) -> Effect] { [] }
    static func take(_ notification: InspectionNotification, _ params: JSON, _ model: inout InspectorModel) {}
    static func load(_ model: inout InspectorModel) -> [Effect] { [] }
    static func refresh(_ model: inout InspectorModel) -> [Effect] { model.detail?.tab == id ? load(&model) : [] }
    func neededEvents(in pane: DetailPane) -> [Int] { [] }
    func neededView(in pane: DetailPane) -> (any Hashable & Sendable)? { nil }
    func needsOlderEvents(in pane: DetailPane) -> Bool { false }

    mutating func step(by step: Int, in pane: DetailPane) { move(by: step, in: pane) }
    mutating func select(row: Int, in pane: DetailPane) {}
    mutating func selectBeside(row: Int, in pane: DetailPane) { select(row: row, in: pane) }
    static func openSelected(_ model: inout InspectorModel) -> [Effect] { [] }
    func openingTitle(in pane: DetailPane) -> String { "open" }
    var reasonNotToOpen: String? { nil }
    mutating func close() -> Bool { false }
    mutating func clearMarks() -> Bool { false }

    func places(in pane: DetailPane) -> [SearchPlace] { [] }
    func places(of text: String, in pane: DetailPane) -> [SearchPlace] {
        places(in: pane).filter { $0.text.lowercased().contains(text) }
    }
    mutating func go(to place: SearchPlace, in pane: DetailPane) {}
    func selection(in pane: DetailPane) -> SelectedThing? { nil }
    func selectedEvent(in pane: DetailPane) -> Int? { nil }
    var selectedMoment: (moment: Moment, words: String)? { nil }
    static func show(_ event: SessionEvent, _ model: inout InspectorModel) -> [Effect]? { nil }

    func drawBeside(_ pane: DetailPane, _ surface: inout Surface) { draw(pane, &surface) }
    func warning(in pane: DetailPane) -> String? { nil }
    var footer: StyledLine? { nil }
    func isStill(in pane: DetailPane) -> Bool { true }
}

/// What is under the cursor, to be copied or opened whole.
struct SelectedThing: Sendable {
    let name: String
    let text: String
    /// What it is called as JSON.
    let jsonName: String
    let json: JSON
    /// Of a message, what the runtime has sent of it: large ones only in part.
    var message: JSON?

    init(_ name: String, text: String, json: JSON, named jsonName: String? = nil) {
        self.name = name
        self.text = text
        self.jsonName = jsonName ?? name
        self.json = json
    }
}
