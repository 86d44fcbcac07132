import SessionModel
import Testing

@testable import InspectionServer

@Suite("Answers of very many parts stay within their bounds", .timeLimit(.minutes(5)))
struct AnswerBoundsTests {
    private let bounds = AnswerBounds(redaction: Redaction())
    private let key = SessionKey(agent: "a", session: "s")

    private func bounded(_ body: SessionEvent.Body) -> JSON {
        let event = SessionEvent(seq: 7, at: 1, body: body)
        return bounds.bounded(event.json, .event(key, seq: 7))
    }

    private func text(_ number: Int) -> String { "text \(number) " + String(repeating: "x", count: 100) }

    @Test("a change of many entries comes as one step for each field, that puts a reference there")
    func patch() throws {
        let before: JSON = ["many": .object([:]), "gone": [1, 2], "other": 1]
        var entries = JSON.Object()
        for number in 0..<40_000 { entries["entry \(number)"] = .string(text(number)) }
        var steps = entries.map { JSON.object(["op": "add", "path": .string("/many/\($0.name)"), "value": $0.value]) }
        steps += [
            ["op": "remove", "path": "/gone"], ["op": "replace", "path": "/other", "value": 2],
            ["op": "add", "path": "/passing", "value": 1], ["op": "remove", "path": "/passing"],
        ]
        let patch = try JSONPatch(json: .array(steps))
        let event = bounded(.stateChanged(patch))
        #expect(event.textSize < AnswerBounds.page)
        let short = try JSONPatch(json: event["patch"] ?? .null)
        let state = try before.applying(short)
        #expect(state["gone"] == nil && state["passing"] == nil)
        let mark = try #require(state["many"]?.object)
        #expect(mark["cut"] == true)
        let reference = try ContentRef(parsing: try #require(mark["ref"]?.string))
        #expect(reference == ContentRef(.state(key, at: 7), JSONPointer(["many"])))
        let after = try before.applying(patch)
        let difference = bounds.bounded(diff: JSONPatch(from: before, to: after), of: key, at: 7)
        #expect(difference.textSize < AnswerBounds.page)
        #expect(try before.applying(JSONPatch(json: difference))["gone"] == nil)
    }

    @Test("a change of very many fields replaces the state by a reference")
    func fields() throws {
        let steps = (0..<20_000).map {
            JSON.object(["op": "add", "path": .string("/field \($0)"), "value": .string(text($0))])
        }
        let event = bounded(.stateChanged(try JSONPatch(json: .array(steps))))
        #expect(event.textSize < 10_000)
        let short = try JSONPatch(json: event["patch"] ?? .null)
        #expect(try JSON.object([:]).applying(short)["cut"] == true)
    }

    @Test("a message of many blocks comes with the first ones, and can still be read as a message")
    func blocks() throws {
        let message = Message(id: "m", role: .user, blocks: (0..<62_000).map { .text(text($0)) })
        let event = bounded(.messageAdded(message))
        #expect(event.textSize < AnswerBounds.page)
        let short = try Message(json: try #require(event["message"]))
        #expect(short.blocks.count > 100)
        #expect(short.blocks.first == .text(text(0)))
        let last = try #require(event["message"]?["blocks"]?.array?.last)
        #expect(last["cut"] == true && last["ref"]?.string != nil && last["text"]?.string?.hasSuffix("more›") == true)
    }

    @Test("lists and unknown events of many parts are cut to their beginning")
    func others() throws {
        let window = bounded(.completionStarted(provider: "p", model: "m", window: (0..<90_000).map { "msg_\($0)" }))
        #expect(window.textSize < AnswerBounds.page)
        #expect((window["window"]?.array?.count ?? 0) > 1000)
        let many = JSON.Object((0..<9000).map { ("part \($0)", .string(String(repeating: "y", count: 2000))) })
        let unknown = bounded(.other(kind: "new", ["parts": .object(many)]))
        #expect(unknown.textSize < AnswerBounds.page)
        #expect(unknown["parts"]?["part 0"]?.string?.utf8.count == 2000)
        #expect(unknown["parts"]?["cut"] == true)
        let nested = bounded(.other(kind: "new", ["parts": .array((0..<3).map { _ in .object(many) })]))
        #expect(nested.textSize < AnswerBounds.page)
    }

    @Test("what fits, and what has only large parts, is cut as before")
    func unchanged() {
        let small = Message(id: "m", role: .user, blocks: [.text("hello")])
        #expect(bounded(.messageAdded(small))["message"] == small.json)
        let large = Message(
            id: "m",
            role: .user,
            blocks: [.text(String(repeating: "z", count: 2 << 20)), .text("end")]
        )
        let blocks = bounded(.messageAdded(large))["message"]?["blocks"]?.array ?? []
        #expect(blocks.count == 2)
        #expect(blocks.first?["cut"] == true)
        #expect(blocks.last?["text"] == "end")
    }
}
