import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("What a first user stumbled over", .timeLimit(.minutes(2)))
struct StumbleTests {
    @Test("a tool's result is the one that follows its call, also when ids come again")
    func repeatedCallIDs() {
        var fixture = Fixture.opened(width: 100, height: 24)
        for (number, answer) in ["first", "second"].enumerated() {
            let call = ToolCall(id: "same", name: "look", arguments: ["n": .int(number)])
            fixture.event(.messageAdded(Message(id: "c\(number)", role: .assistant, blocks: [.toolCall(call)])))
            let result = ToolResult(id: "same", name: "look", result: .string(answer))
            fixture.event(.messageAdded(Message(id: "r\(number)", role: .user, blocks: [.toolResult(result)])))
        }
        let rows = fixture.model.view().text.split(separator: "\n").filter { $0.contains("look(") || $0.contains("↳") }
        #expect(rows.count == 4)
        #expect(rows[1].contains("first"))
        #expect(rows[3].contains("second"))
    }

    @Test("the palette has words that begin so first")
    func palette() {
        #expect(InspectorModel.actions(matching: "pau").first?.id == "job.pause")
        #expect(InspectorModel.actions(matching: "quit").first?.id == "quit")
    }

    @Test("Esc leaves the line also when an error is shown")
    func escape() {
        var fixture = Fixture.opened()
        fixture.press(.character("i"))
        fixture.type("x")
        fixture.press(.enter)
        fixture.refuse("session.send", .failed("x", "no"))
        fixture.press(.escape)
        #expect(fixture.model.focus == .detail)
        #expect(fixture.model.notices.shown == nil)
    }

    @Test("the footer never leaves out the way to help and out", arguments: [40, 60, 80, 120])
    func footer(width: Int) {
        let footer = Fixture.opened(width: width, height: 20).model.view().text(row: 19)
        #expect(footer.contains("? help"))
        #expect(footer.contains("q quit"))
    }

    @Test("help goes to its end and back")
    func help() {
        var fixture = Fixture.opened(width: 80, height: 24)
        fixture.press(.character("?"), .character("G"))
        #expect(fixture.model.view().text.contains("-kind:temporary"))
        fixture.press(.character("g"))
        #expect(fixture.model.view().text.contains("Everywhere"))
    }

    @Test("a session that cannot be opened takes no message, and says why")
    func vanished() {
        var fixture = Fixture.opened()
        fixture.press(.down)
        fixture.refuse("session.attach", .notFound("session_not_found", "There is no session 'user-17'."))
        fixture.press(.character("i"))
        fixture.type("x")
        fixture.press(.enter)
        #expect(fixture.last("session.send") == nil)
        #expect(fixture.model.notices.shown?.text.contains("There is no session") == true)
    }
}
