import Foundation
import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Palette, clicks and ranges", .timeLimit(.minutes(15)))
struct PaletteTests {
    @Test("the palette leaves movement out, and what belongs to the pane comes before the rest")
    func ranking() {
        var fixture = Fixture.opened()
        let all = PaletteKeys.actions("", fixture.model).map(\.id)
        #expect(!all.contains("list.down") && !all.contains("detail.page-up"))
        #expect(all.contains("session.export") && all.contains("theme gruvbox"))
        fixture.press(.enter, .character("3"))
        let place = Dictionary(
            uniqueKeysWithValues: PaletteKeys.actions("", fixture.model).enumerated().map { ($1.id, $0) }
        )
        #expect(place["hook.lab"] ?? .max < place["quit"] ?? 0)
        #expect(place["snapshot.delete"] ?? 0 > place["quit"] ?? .max)
    }

    @Test("what was done from the palette is offered first the next time")
    func recent() {
        var fixture = Fixture.opened()
        fixture.press(.character(":"))
        fixture.type("redraw")
        fixture.press(.enter, .character(":"))
        #expect(PaletteKeys.actions("", fixture.model).first?.id == "redraw")
    }

    @Test("a theme is shown while it is selected, taken by Enter and given back by Esc; own themes are among them")
    func themes() {
        var fixture = Fixture.opened()
        fixture.tell(.themes(["mine", "seismo-dark"]))
        fixture.press(.character(":"))
        var seen: [Effect] = []
        for character in "theme mine" { seen += fixture.effects(.input(.key(.character(character)))) }
        #expect(seen.last == .theme(.preview("mine")))
        #expect(fixture.effects(.input(.key(.escape))) == [.theme(.back)])
        fixture.press(.character(":"))
        fixture.type("theme mine")
        #expect(fixture.effects(.input(.key(.enter))) == [.theme(.chosen("mine"))])
    }

    @Test("the palette names the ids that settings use")
    func ids() {
        var fixture = Fixture.opened()
        fixture.press(.character(":"))
        fixture.type("redraw")
        #expect(fixture.model.view().text.contains("Redraw the screen"))
        let rows = fixture.model.view().text.split(separator: "\n")
        #expect(rows.contains { $0.contains("Redraw the screen") && $0.contains(" redraw ") })
    }

    @Test("help stands in two columns where there is room, and nothing of it is left out", arguments: [80, 120, 200])
    func help(width: Int) {
        var fixture = Fixture.opened(width: width, height: 40)
        fixture.press(.character("?"))
        let lines = OverlayView(model: fixture.model).helpLines(matching: "")
        let text = lines.map(\.text).joined(separator: "\n")
        for action in ActionTable.standard.all { #expect(text.contains(action.title), "\(action.id)") }
        #expect((lines.count < 60) == (width >= 120))
    }

    @Test("a hint in the footer is pressed by a click")
    func hints() throws {
        var fixture = Fixture.opened()
        let footer = fixture.model.layout.footer
        let row = fixture.model.view().text(row: footer.y)
        let column = try #require(row.range(of: "? help")).lowerBound
        fixture.mouse(.press, row.distance(from: row.startIndex, to: column) + 3, footer.y)
        guard case .help = fixture.model.overlay else { return #expect(Bool(false)) }
    }

    @Test("two clicks at one place open what is there; two that are apart do not")
    func doubleClick() throws {
        var fixture = Fixture.opened()
        let list = try #require(fixture.model.layout.list)
        let detail = try #require(fixture.model.layout.detail)
        func click(_ fixture: inout Fixture, _ x: Int, _ y: Int) {
            fixture.mouse(.press, x, y)
            fixture.mouse(.release, x, y)
        }
        click(&fixture, list.x + 5, list.y + 1)
        fixture.tell(.clock(fixture.model.now + 1000))
        click(&fixture, list.x + 5, list.y + 1)
        #expect(fixture.model.focus == .sessions)
        click(&fixture, list.x + 5, list.y + 1)
        #expect(fixture.model.focus == .detail)
        fixture.press(.character("3"))
        click(&fixture, detail.x + 9, detail.y + 1)
        click(&fixture, detail.x + 9, detail.y + 1)
        #expect(fixture.last("hooks.get") != nil)
    }

    @Test("V marks what the selection goes over, until V or Esc")
    func ranges() {
        var fixture = Fixture.opened()
        fixture.press(.character("V"), .down, .down, .character("V"), .down)
        #expect(fixture.model.list.marks.keys == Set(Fixture.rows.prefix(3).map(\.key)))
        fixture.press(.escape)
        #expect(fixture.model.list.marks.keys.isEmpty)
        fixture.press(.down)
        #expect(fixture.model.list.marks.keys.isEmpty)
        fixture = Fixture.opened()
        fixture.press(.enter, .character("3"), .character("V"), .down)
        #expect(fixture.model.detail?.hooks.marked.count == 2)
    }

    @Test("arrows change tabs, and lead from the first back to the list")
    func arrows() {
        var fixture = Fixture.opened()
        fixture.press(.enter, .right, .right)
        #expect(fixture.model.detail?.tab == .hooks)
        fixture.press(.left, .left)
        #expect(fixture.model.detail?.tab == .context)
        fixture.press(.left)
        #expect(fixture.model.focus == .sessions)
    }

    @Test("from 160 columns the state stands beside the context, and a click there opens it")
    func side() throws {
        var fixture = Fixture.opened(width: 159)
        #expect(fixture.model.layout.side == nil)
        fixture = Fixture.opened(width: 160)
        let side = try #require(fixture.model.layout.side)
        #expect(fixture.model.view().text(row: side.y).contains("State"))
        fixture.mouse(.press, side.x + 5, side.y + 2)
        #expect(fixture.model.detail?.tab == .state)
        #expect(fixture.model.layout.side == nil)
    }

    @Test("a runtime that does not answer, or not as it should, is told of")
    func silence() {
        var fixture = Fixture(width: 120)
        fixture.tell(.link(.up))
        #expect(fixture.model.view().text.contains("Loading…"))
        fixture.tell(.clock(Fixture.now + 5000))
        #expect(fixture.model.view().text.contains("not answered for"))
        fixture.answer("sessions.watch", ["nothing": true])
        #expect(fixture.model.list.filter.error?.contains("cannot be read") == true)
        fixture = Fixture.opened()
        fixture.press(.down)
        fixture.answer("session.attach", ["head": []])
        #expect(fixture.model.detail?.problem?.contains("cannot be read") == true)
    }

    @Test("names that no runtime makes are cut, and values are not")
    func longNames() {
        let long = JSON.string(String(repeating: "e\u{301}", count: 100_000))
        let cut = LongNames.cut(["rows": [["session": long, "doing": long]], "state": ["name": long], "text": long])
        #expect(cut["rows"]?.array?.first?["session"]?.string?.utf8.count ?? .max <= LongNames.longest + 3)
        #expect(cut["state"]?["name"] == long)
        #expect(cut["text"] == long)
        let short: JSON = ["rows": [["session": "ann"]]]
        #expect(LongNames.cut(short) == short)
    }

    @Test("a completion that is open shows the messages that the model saw")
    func window() {
        var fixture = Fixture.opened(width: 120, height: 40)
        fixture.turn()
        fixture.press(.enter, .character("5"), .down, .enter)
        let text = fixture.model.view().text
        #expect(text.contains("input   user       where is my order 1188?"))
        #expect(!text.contains("\"m1\""))
        fixture.model.detail?.fold.messages.removeAll { $0.id == "m1" }
        #expect(fixture.model.view().text.contains("the message m1 is not in the context any more"))
    }

    @Test("a tick that was under way when the session was opened is in its lane when it ends")
    func runningTick() {
        var fixture = Fixture.opened()
        let before = fixture.model.detail?.jobs.lanes[0].last.count ?? 0
        fixture.event(
            .tickFinished(job: "follow-up", scheduled: Fixture.now, status: .ok, duration: 4, error: nil)
        )
        let last = fixture.model.detail?.jobs.lanes[0].last ?? []
        #expect(last.count == before + 1 && last.first?.status == .ok)
    }

    @Test("a value that is no JSON stays in its prompt to be mended")
    func wrongValue() {
        var fixture = Fixture.opened()
        fixture.model.link.hello?.role = .admin
        fixture.press(.enter, .character("2"), .character("C"))
        fixture.type("vip")
        fixture.press(.enter)
        guard case .prompt(let prompt) = fixture.model.overlay else { return #expect(Bool(false)) }
        #expect(prompt.input.text == "vip")
        #expect(fixture.model.notices.shown?.text.contains("double quotes") == true)
        fixture.press(.home, .character("\""), .end, .character("\""), .enter)
        #expect(fixture.last("session.edit") != nil)
    }

    @Test("captions have a line of their own")
    func captions() throws {
        var fixture = Fixture.opened()
        fixture.model.screen.showsCaptions = true
        fixture.tell(.caption("Look here."))
        let line = try #require(fixture.model.layout.caption)
        #expect(fixture.model.view().text(row: line.y).contains("Look here."))
        #expect(line.y == fixture.model.layout.footer.y - 1)
        #expect(fixture.model.layout.compose.maxY == line.y)
    }
}
