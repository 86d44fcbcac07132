import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

/// A tab that is in no list of the program: what agents have logged.
private struct LogTab: DetailTab {
    static let id = TabID("Log")
    static let actions = [
        Action("log.clear", "Clear the log", keys: [.character("Z")], in: .detail, on: id) {
            $0.detail?.tabs[LogTab.self].lines = []
            return []
        }
    ]

    private var lines: [String] = []
    private var selected = 0

    mutating func apply(_ event: SessionEvent, of session: SessionKey) {
        if case .log(_, let text) = event.body { lines.append(text) }
    }

    mutating func move(by rows: Int, in pane: DetailPane) {
        selected = min(max(0, selected + rows), max(0, lines.count - 1))
    }

    func places(in pane: DetailPane) -> [SearchPlace] {
        lines.enumerated().map { SearchPlace($1, item: $1, line: $0) }
    }

    mutating func go(to place: SearchPlace, in pane: DetailPane) { selected = place.line }

    func selection(in pane: DetailPane) -> SelectedThing? {
        lines.indices.contains(selected)
            ? SelectedThing("the line", text: lines[selected], json: .string(lines[selected])) : nil
    }

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        for (row, line) in lines.prefix(pane.height).enumerated() {
            pane.draw(StyledLine(SafeText(line)), row: row, isSelected: row == selected, &surface)
        }
    }
}

@Suite("A tab that is added", .timeLimit(.minutes(15)))
struct AddedTabTests {
    private static let number = DetailTabs.all.count + 1
    private static let key = Key.character(Character("\(number)"))

    private static func opened() -> Fixture {
        var fixture = Fixture.opened(width: 160, keymap: KeyMap(ActionTable(tabs: DetailTabs.all + [LogTab.self])))
        for text in ["boiler is cold", "boiler is warm", "pump runs"] {
            fixture.event(.log(level: "info", text: text))
        }
        return fixture
    }

    @Test("has its key, its title in the border, its place in help and palette, and its lines")
    func shown() {
        var fixture = Self.opened()
        fixture.press(Self.key)
        #expect(fixture.model.detail?.tab == LogTab.id)
        let screen = fixture.model.view().text
        #expect(screen.contains("\(Self.number) Log") && screen.contains("boiler is warm"))
        #expect(PaletteKeys.actions(matching: "show log", of: fixture.model.actions.offered).first?.id == "tab.log")
        fixture.press(.character(")"))
        #expect(fixture.model.detail?.tab == .context)
        fixture.press(.character("("))
        #expect(fixture.model.detail?.tab == LogTab.id)
    }

    @Test("is moved about in, searched, copied from and pressed in as the others")
    func used() {
        var fixture = Self.opened()
        fixture.press(Self.key, .character("j"))
        #expect(fixture.copied(.character("y")) == "boiler is warm")
        fixture.press(.character("/"))
        fixture.type("pump")
        fixture.press(.enter)
        #expect(fixture.copied(.character("J")) == "\"pump runs\"")
        fixture.press(.escape, .character("Z"))
        #expect(fixture.copied(.character("y")) == nil)
    }

    @Test("keys of its own do nothing in another tab, and say where they do something")
    func apart() {
        var fixture = Self.opened()
        fixture.press(.character("1"), .character("Z"))
        #expect(fixture.model.notices.shown?.text == "Clear the log: It works on the Log tab (\(Self.number)).")
        fixture.press(Self.key)
        #expect(fixture.model.view().text.contains("pump runs"))
    }
}
