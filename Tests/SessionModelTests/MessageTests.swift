import SessionModel
import Testing

@Suite("Messages", .timeLimit(.minutes(15)))
struct MessageTests {
    @Test("plain text is texts alone, none of them blank, also after a change")
    func plainText() {
        var message = Message.user("hello")
        #expect(message.isPlainText)
        message.blocks.append(.text(" "))
        #expect(!message.isPlainText)
        message.blocks[1] = .text("more")
        #expect(message.isPlainText)
        message.blocks = []
        #expect(!message.isPlainText)
        #expect(
            !Message(role: .assistant, blocks: [.toolCall(ToolCall(id: "1", name: "a", arguments: [:]))]).isPlainText
        )
    }

    @Test("how a message came about makes no difference to whether it equals another one")
    func equality() {
        var changed = Message(id: "1", role: .user, blocks: [])
        changed.blocks = [.text("a")]
        let made = Message(id: "1", role: .user, text: "a")
        #expect(changed == made)
        #expect(Set([changed, made]).count == 1)
        #expect(made != Message(id: "2", role: .user, text: "a"))
        #expect(made != Message(id: "1", role: .assistant, text: "a"))
        #expect(Message.user("e\u{301}") != Message.user("é"))
    }

    @Test("a message that has several blocks is written and read as it is")
    func blocks() throws {
        let message = Message(
            id: "1",
            role: .assistant,
            blocks: [.text("a"), .toolCall(ToolCall(id: "c", name: "t", arguments: ["x": 1])), .text("b")]
        )
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(text == message.json.text)
        #expect(try Message(json: JSON(parsing: text)) == message)
    }
}
