internal import Inspection
internal import SessionModel
internal import Terminal

/// Where the context is scrolled to.
enum ContextScroll: Sendable, Hashable {
    /// At the end; what comes is shown.
    case following
    /// The top line of the screen is this line of this message, even when messages are added.
    case anchored(message: String, line: Int)
}

/// The messages that the model has, with what its tools did, and what came of turns.
struct ContextTab: DetailTab {
    static let id = TabID.context
    static let companion: TabID? = .state

    private(set) var scroll = ContextScroll.following
    /// The message that keys are about; `nil` for the last one, whichever that is.
    private(set) var cursor: String?
    /// Messages that are shown with all that they hold.
    private(set) var unfolded: Set<String> = []

    init() {}

    private func layout(_ pane: DetailPane) -> ContextLayout { ContextLayout(pane, self) }

    /// The message that keys are about.
    func message(in pane: DetailPane) -> Message? {
        layout(pane).message(atCursor: cursor, height: pane.height)
    }

    /// Goes to the end and stays there.
    mutating func follow() { (scroll, cursor) = (.following, nil) }

    // MARK: Asking the runtime

    /// What the state beside it needs.
    func neededEvents(in pane: DetailPane) -> [Int] {
        pane.hasCompanion ? pane.detail.state.neededEventsBeside(pane) : []
    }

    func neededView(in pane: DetailPane) -> (any Hashable & Sendable)? {
        pane.hasCompanion ? pane.detail.state.neededView(in: pane) : nil
    }

    /// Whether a message on the screen is known by its text only.
    func needsOlderEvents(in pane: DetailPane) -> Bool {
        let detail = pane.detail
        guard detail.turnsReach > 1 else { return false }
        if scroll == .following {
            return detail.fold.messages.suffix(pane.height).contains { detail.known.index.messages[$0.id] == nil }
        }
        let layout = layout(pane)
        return Set(layout.shown(height: pane.height).map(\.item)).contains { item in
            if case .message(let message) = layout.items[item] {
                layout.index.messages[message.id] == nil
            } else {
                false
            }
        }
    }

    // MARK: Moving about

    mutating func move(by rows: Int, in pane: DetailPane) {
        scroll = layout(pane).scrolled(by: rows, height: pane.height)
        cursor = layout(pane).kept(cursor, goingDown: rows > 0, height: pane.height)
    }

    /// To the next or the previous message.
    mutating func step(by step: Int, in pane: DetailPane) {
        (cursor, scroll) = layout(pane).moved(cursor, by: step, height: pane.height)
    }

    mutating func select(row: Int, in pane: DetailPane) {
        let layout = layout(pane)
        let lines = layout.shown(height: pane.height)
        guard lines.indices.contains(row), case .message(let message) = layout.items[lines[row].item] else { return }
        stay(layout, pane)
        cursor = message.id
    }

    /// Keeps the line that is at the top there, whatever comes.
    private mutating func stay(_ layout: ContextLayout, _ pane: DetailPane) {
        if scroll == .following, let top = layout.top(height: pane.height) { scroll = top }
    }

    /// Shows the event that the session is in trouble for, or all that a message holds.
    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let pane = model.pane else { return [] }
        if detail.context.cursor == nil, let trouble = detail.troubleShown {
            return EventCards.view(trouble.seq, &model)
        }
        guard let message = detail.context.message(in: pane) else { return [] }
        guard message.blocks.contains(where: { if case .text = $0 { false } else { true } }) else {
            let text = "The message is shown whole; o opens it in a pager, i writes one."
            model.notices.say(.done, text, at: model.now)
            return []
        }
        model.detail?.context.toggle(message, in: pane)
        return []
    }

    /// Shows all that a message holds, or again its calls in a line each; its first line stays where it is.
    private mutating func toggle(_ message: Message, in pane: DetailPane) {
        stay(layout(pane), pane)
        cursor = message.id
        if unfolded.remove(message.id) == nil { unfolded.insert(message.id) }
    }

    func openingTitle(in pane: DetailPane) -> String {
        if cursor == nil, pane.detail.troubleShown != nil { return "show trouble" }
        return message(in: pane).map { unfolded.contains($0.id) } ?? false ? "fold" : "unfold"
    }

    // MARK: Reading

    static let isSearchedFromEnd = true

    /// In the upper third of the screen, with what was said before it.
    mutating func go(to place: SearchPlace, in pane: DetailPane) {
        show(place.item, line: place.line)
        scroll = layout(pane).scrolled(by: -pane.height / 3, height: pane.height)
    }

    private mutating func show(_ message: String, line: Int = 0) {
        scroll = .anchored(message: message, line: line)
        cursor = message
    }

    func selection(in pane: DetailPane) -> SelectedThing? {
        message(in: pane).map { message in
            var thing = SelectedThing("the message", text: message.said, json: message.json)
            thing.message = pane.detail.cutMessages[message.id] ?? message.json
            return thing
        }
    }

    func selectedEvent(in pane: DetailPane) -> Int? {
        guard cursor != nil else { return nil }
        return message(in: pane).flatMap { pane.detail.known.index.messages[$0.id]?.seq }
    }

    static func show(_ event: SessionEvent, _ model: inout InspectorModel) -> [Effect]? {
        switch event.body {
        case .messageAdded(let message), .messageChanged(let message):
            model.detail?.context.show(message.id)
            return []
        default: return nil
        }
    }

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        let rect = pane.rect
        let layout = layout(pane)
        let lines = layout.shown(height: rect.height)
        if lines.isEmpty { return pane.draw(sentence: "No messages yet. Press i to write one.", &surface) }
        let marked = pane.isFocused ? layout.cursor(cursor, height: rect.height) : nil
        for (index, line) in lines.enumerated() {
            surface.draw(line.text, x: rect.x, y: rect.y + index, maxX: rect.maxX)
            // In the column that is free beside the border.
            if line.item == marked { surface.draw("▌", x: rect.x - 1, y: rect.y + index, Style(.accent)) }
        }
        if scroll != .following, layout.hasMore(height: rect.height).below {
            surface.draw(" ↓ more, End follows ", x: rect.maxX - 23, y: rect.maxY, Style(.faint), maxX: rect.maxX)
        }
    }

    func warning(in pane: DetailPane) -> String? {
        pane.detail.troubleShown.map { "✕ \($0.kind): \($0.text) (Enter shows it)" }
    }

    func isStill(in pane: DetailPane) -> Bool { pane.hasCompanion ? pane.detail.state.isStill(in: pane) : true }
}
