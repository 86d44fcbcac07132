import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("What is written to files and read from them", .timeLimit(.minutes(15)))
struct TransferTests {
    @Test("a capsule is written in pieces with its progress, and Esc takes the file away")
    func export() {
        var fixture = Fixture.opened()
        fixture.press(.character("w"))
        #expect(fixture.effects(.input(.key(.enter))).contains(.file(.create(path: "user-42.capsule.json"))))
        fixture.answer("session.export", ["export": "e1"])
        let piece: JSON = ["export": "e1", "text": "{", "events": 5, "of": 10]
        #expect(fixture.effects(.link(.notification(method: "export.chunk", params: piece))) == [.file(.append("{"))])
        #expect(fixture.model.view().text.contains("5 of 10 events"))
        #expect(fixture.effects(.input(.key(.escape))).first == .file(.abandon))
        #expect(fixture.last("export.stop") == ["export": "e1"])
        #expect(fixture.effects(.link(.notification(method: "export.chunk", params: piece))) == [])
    }

    @Test("a capsule is read piece by piece, and a refusal ends it")
    func take() {
        var fixture = Fixture.opened()
        fixture.press(.character("I"))
        fixture.type("a b.json as other")
        #expect(fixture.effects(.input(.key(.enter))) == [.file(.open(path: "a b.json"))])
        fixture.tell(.file(.opened))
        #expect(fixture.last("session.import") == ["stream": true, "as": "other"])
        fixture.answer("session.import", ["import": "i1"])
        fixture.tell(.file(.piece("{}", isLast: true)))
        fixture.answer("import.chunk", ["import": "i1", "events": 3])
        #expect(fixture.last("import.end") == ["import": "i1"])
        fixture.refuse("import.end", .failed("capsule_invalid", "It is cut off."))
        #expect(fixture.model.work.transfer == nil)
        #expect(fixture.model.notices.shown?.text.contains("cut off") == true)
    }

    @Test("a picture of the screen is text, ANSI or SVG by the file's ending")
    func picture() {
        var fixture = Fixture.opened()
        fixture.turn()
        for (ending, beginning) in [("txt", " seismo"), ("ansi", "\u{1B}[0"), ("svg", "<svg ")] {
            fixture.press(.character("P"), .control("u"))
            fixture.type("x.\(ending)")
            let effects = fixture.effects(.input(.key(.enter)))
            guard case .file(.append(let text)) = effects.dropFirst().first else {
                Issue.record("nothing written")
                continue
            }
            #expect(text.hasPrefix(beginning))
            #expect(!text.contains("\u{1B}]0;"))
        }
        fixture.press(.character("P"))
        fixture.type(".png")
        fixture.press(.enter)
        #expect(fixture.model.notices.shown?.kind == .refused)
    }
}
