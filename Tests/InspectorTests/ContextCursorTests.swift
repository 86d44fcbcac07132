import Inspection
import InspectionClient
import SessionModel
import Terminal
import TestSupport
import Testing

@testable import Inspector

@Suite("The cursor in the context", .timeLimit(.minutes(15)))
struct ContextCursorTests {
    /// Messages of one to many lines, some of them with calls and results.
    private static func conversation(_ count: Int, width: Int = 80, height: Int = 24) -> Fixture {
        var fixture = Fixture.opened(width: width, height: height)
        for number in 1...count {
            let text = String(repeating: "words of message \(number) ", count: number % 7 == 0 ? 90 : number % 3 + 1)
            fixture.event(.messageAdded(Message(id: "m\(number)", role: .user, text: text)))
        }
        fixture.press(.enter)
        return fixture
    }

    private func marked(_ fixture: Fixture) -> Bool {
        guard let pane = fixture.model.layout.detail else { return false }
        let surface = fixture.model.view()
        return (pane.y..<pane.maxY).contains { surface[pane.x + 1, $0].cluster == "▌" }
    }

    @Test("j and k go from message to message; y, v and o are about the one that the cursor is on")
    func moving() {
        var fixture = Self.conversation(6)
        #expect(fixture.messageAtCursor?.id == "m6")
        fixture.press(.character("k"), .character("k"))
        #expect(fixture.messageAtCursor?.id == "m4")
        #expect(fixture.copied(.character("y"))?.contains("message 4") == true)
        fixture.press(.character("j"))
        let opened = fixture.effects(.input(.key(.character("o"))))
        guard case .page(let text) = opened.first else { return #expect(opened == []) }
        #expect(text.contains("message 5"))
        fixture.press(.character("v"))
        guard case .event(let card) = fixture.model.overlay else { return #expect(Bool(false)) }
        #expect(card.seq == fixture.model.detail?.known.index.messages["m5"]?.seq)
        fixture.press(.escape, .end)
        #expect(fixture.model.detail?.context.scroll == .following)
        #expect(fixture.messageAtCursor?.id == "m6")
    }

    @Test("what comes moves neither the cursor nor the screen under it; at the end both follow")
    func steady() {
        var fixture = Self.conversation(30)
        fixture.press(.character("k"), .character("k"))
        let (id, before) = (
            fixture.messageAtCursor?.id,
            fixture.model.layout.detail.map { fixture.model.view().text(row: $0.y + 3) }
        )
        fixture.event(.messageAdded(Message(id: "new", role: .user, text: "newest")))
        #expect(fixture.messageAtCursor?.id == id)
        #expect(fixture.model.layout.detail.map { fixture.model.view().text(row: $0.y + 3) } == before)
        fixture.press(.character("G"))
        fixture.event(.messageAdded(Message(id: "newer", role: .user, text: "newest of all")))
        #expect(fixture.messageAtCursor?.id == "newer")
    }

    @Test("Enter unfolds a call with its result and folds it again, with its first line in its place")
    func unfolding() {
        var fixture = Fixture.opened(width: 80, height: 30)
        fixture.turn()
        fixture.press(.enter, .character("k"))
        let id = fixture.messageAtCursor?.id
        #expect(fixture.messageAtCursor?.toolCalls.isEmpty == false)
        let folded = fixture.model.view().text
        #expect(!folded.contains("\"number\": 1188"))
        fixture.press(.enter)
        let unfolded = fixture.model.view().text
        #expect(unfolded.contains("\"number\": 1188"))
        #expect(unfolded.contains("\"carrier\": \"DHL\""))
        #expect(fixture.messageAtCursor?.id == id)
        fixture.press(.enter)
        #expect(fixture.model.view().text == folded)
    }

    @Test("whatever is pressed, the cursor is on the screen", arguments: 0..<8)
    func visible(seed: Int) async {
        var random = Seeded(UInt64(seed) &* 7919 &+ 5)
        var fixture = Self.conversation(40, width: 60 + seed * 15, height: 16 + seed * 3)
        let keys: [Key] = [
            .character("j"), .character("k"), .character("k"), .pageUp, .pageDown, .home, .end, .character(" "), .up,
        ]
        for step in 0..<200 {
            // Other tests wait for the same threads.
            await Task.yield()
            let key = keys.randomElement(using: &random) ?? .up
            fixture.press(key)
            if step % 17 == 0 { fixture.event(.messageAdded(Message(id: "x\(step)", role: .user, text: "more"))) }
            #expect(marked(fixture), "\(key) at step \(step): \(fixture.model.view().text)")
        }
    }

    @Test("j from the first message to the last passes every message once")
    func passing() {
        var fixture = Self.conversation(40)
        fixture.press(.home)
        var passed = [fixture.messageAtCursor?.id]
        for _ in 0..<400 where fixture.model.detail?.context.scroll != .following || passed.last != "m40" {
            fixture.press(.character("j"))
            if passed.last != fixture.messageAtCursor?.id { passed.append(fixture.messageAtCursor?.id) }
        }
        #expect(passed == (1...40).map { "m\($0)" })
    }

    @Test("an errored session opens on its trouble; once the cursor is moved, Enter is about the message")
    func trouble() {
        var fixture = Fixture.opened(width: 80, height: 30)
        fixture.turn()
        fixture.model.detail?.summary?.trouble = .init(kind: "hook", seq: 3, text: "no")
        fixture.press(.enter, .enter)
        guard case .event(let card) = fixture.model.overlay else { return #expect(Bool(false)) }
        #expect(card.seq == 3)
        fixture.press(.escape, .character("k"), .enter)
        #expect(fixture.model.overlay == nil)
        #expect(fixture.isMessageUnfolded)
    }

    @Test("e gives a message to the editor, and what comes back changes it, by its hash")
    func editing() throws {
        var fixture = Self.conversation(3)
        let hello = try #require(fixture.model.link.hello)
        fixture.model.link.hello = hello
        fixture.press(.character("k"), .character("e"))
        #expect(fixture.model.notices.shown?.text.contains("Requires admin") == true)
        fixture.model.link.hello?.role = .admin
        let text = String(repeating: "words of message 2 ", count: 3)
        #expect(fixture.effects(.input(.key(.character("e")))) == [.edit(text, suffix: "txt")])
        fixture.tell(.edited(.success(text)))
        #expect(fixture.last("session.edit") == nil)
        _ = fixture.effects(.input(.key(.character("e"))))
        fixture.tell(.edited(.success("other words")))
        let step = try #require(fixture.last("session.edit")?["context"]?.array?.first)
        #expect(step["op"] == "change" && step["id"] == "m2")
        #expect(step["message"] == ["role": "user", "content": "other words"])
        #expect(step["hash"]?.string?.utf8.count == 64)
        // What the editor leaves now is for the composer again.
        fixture.press(.character("i"))
        fixture.tell(.edited(.success("a message")))
        #expect(fixture.model.work.composer.input(try #require(fixture.model.detail?.key)).text == "a message")
    }

    @Test("a message with hidden parts is not changed here, since the marks would be written")
    func hidden() {
        var fixture = Self.conversation(1)
        fixture.model.link.hello?.role = .admin
        fixture.event(.messageAdded(Message(id: "h", role: .user, text: "the key is ‹redacted›")))
        fixture.press(.character("e"))
        #expect(fixture.model.notices.shown?.text.contains("redacted") == true)
    }

    @Test("a click puts the cursor on a message")
    func click() throws {
        var fixture = Self.conversation(6)
        let pane = try #require(fixture.model.layout.detail)
        fixture.mouse(.press, pane.x + 20, pane.y + 1)
        fixture.mouse(.release, pane.x + 20, pane.y + 1)
        #expect(fixture.messageAtCursor?.id == "m1")
    }
}

extension Overlay? {
    fileprivate static func == (left: Self, _: _OptionalNilComparisonType) -> Bool {
        if case .none = left { true } else { false }
    }
}

@Suite("What was too large for an answer", .timeLimit(.minutes(15)))
struct WholeTests {
    private static func cut(_ ref: String, _ bytes: Int) -> JSON {
        let text = "the beginning… ‹\(bytes) bytes›"
        return [
            "id": "m1", "role": "user",
            "blocks": [
                ["type": "text", "text": .string(text), "cut": true, "bytes": .int(bytes), "ref": .string(ref)]
            ],
        ]
    }

    private static func fixture(bytes: Int = 12) -> Fixture {
        var fixture = Fixture.opened()
        let seq = (fixture.model.detail?.fold.seq ?? 0) + 1
        let event: JSON = [
            "seq": .int(seq), "at": .int(Int(Fixture.now)), "kind": "message.added", "message": cut("r1", bytes),
        ]
        fixture.notify("session.event", ["attachment": "a1", "event": event])
        fixture.press(.enter)
        return fixture
    }

    @Test("it is fetched in pieces and opened whole")
    func pieces() {
        var fixture = Self.fixture()
        fixture.press(.character("o"))
        #expect(fixture.last("content.get") == ["ref": "r1", "offset": 0, "limit": 1_048_576])
        fixture.answer(
            "content.get",
            ["ref": "r1", "offset": 0, "bytes": 12, "encoding": "text", "text": "one two ", "more": true, "next": 8]
        )
        #expect(fixture.last("content.get")?["offset"] == 8)
        var pages: [Effect] = []
        let id = fixture.requests.last?.id ?? 0
        let last: JSON = ["ref": "r1", "offset": 8, "bytes": 12, "encoding": "text", "text": "tree", "more": false]
        fixture.tell(.link(.answer(id, .success(last), roundTrip: 1))) { pages.append($0) }
        #expect(pages == [.page("one two tree")])
    }

    @Test("an answer that leads nowhere, and a text beyond what is opened, are refused")
    func refused() {
        var fixture = Self.fixture()
        fixture.press(.character("o"))
        fixture.answer("content.get", ["ref": "r1", "text": "x", "more": true, "next": 0])
        #expect(fixture.model.notices.shown?.text.contains("cannot be read") == true)
        fixture = Self.fixture(bytes: 1 << 40)
        fixture.press(.character("o"))
        #expect(fixture.last("content.get") == nil)
        #expect(fixture.model.notices.shown?.text.contains("Export it (w)") == true)
    }

    @Test("parts are found wherever they stand")
    func parts() {
        let document: JSON = [
            "blocks": [["result": ["cut": true, "bytes": 5, "ref": "a", "text": "b"]]],
            "request": ["body": ["cut": true, "bytes": 7, "ref": "c"]], "cut": true,
        ]
        #expect(CutPart.find(in: document).map(\.ref) == ["a", "c"])
        #expect(CutPart.find(in: Self.cut("r", 12)).map(\.place.description) == ["/blocks/0/text"])
    }
}
