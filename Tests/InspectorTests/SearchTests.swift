import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Search", .timeLimit(.minutes(15)))
struct SearchTests {
    @Test("search goes to what was found, in every tab, and round")
    func search() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.enter, .character("/"))
        fixture.type("SHIPPED")
        #expect(fixture.model.search?.count == 2)
        fixture.press(.enter, .character("n"))
        #expect(fixture.model.search?.place == 0)
        fixture.press(.character("N"))
        #expect(fixture.model.search?.place == 1)
        fixture.press(.escape, .character("2"), .character("/"))
        fixture.type("urgent")
        #expect(fixture.model.detail?.state.tree.selected.pieces.last == "urgent")
        fixture.press(.escape, .character("5"), .character("/"))
        fixture.type("find_order")
        #expect(fixture.model.detail?.trace.selected == 7)
        fixture.press(.escape, .character("4"), .character("/"))
        fixture.type("digest")
        #expect(fixture.model.detail?.jobs.selected == "digest")
        fixture.type("zzz")
        #expect(fixture.model.view().text(row: 35).contains("nothing"))
    }

    @Test("a search finds what is across a broken line, past what is drawn, and in a result that is cut")
    func farSearch() {
        var fixture = Fixture.opened(width: 80, height: 24)
        let long = String(repeating: "lorem ipsum dolor ", count: 1500) + "needle at the end"
        fixture.event(
            .messageAdded(Message(id: "m1", role: .user, text: "the quick brown fox jumps over the lazy dog tonight"))
        )
        fixture.event(.messageAdded(Message(id: "m2", role: .assistant, text: long)))
        let result = ToolResult(id: "c", name: "find", result: .string(String(repeating: "x", count: 300) + "hidden"))
        fixture.event(.messageAdded(Message(id: "m3", role: .user, blocks: [.toolResult(result)])))
        fixture.press(.enter)
        for (text, count) in [
            ("fox jumps over the lazy", 1), ("needle at the end", 1), ("hidden", 1), ("nowhere", 0), ("quick", 1),
        ] {
            fixture.press(.character("/"))
            fixture.type(text)
            #expect(fixture.model.search?.count == count, "\(text)")
            fixture.press(.escape)
        }
        fixture.model.detail?.summary?.messages = 20_003
        fixture.press(.character("/"))
        fixture.type("nowhere")
        fixture.press(.enter)
        #expect(fixture.model.view().text.contains("20 000 older messages are not loaded"))
    }
}
