#if DEBUG
import Inspection
import Magma
import SessionModel

@testable import AgentAPI
@testable import InspectionServer
@testable import MagmaProviders
@testable import MagmaRuntime
@testable import MagmaServer

/// Runs what is measured under a name that a profiler finds: `test_costs.py` counts the instructions of each call of it.
@_silgen_name("seismo_measured") @inline(never)
func measured(_ body: () -> Void) { body() }

/// What anyone can send: each is made in two sizes, one twice the other, and must take about twice the work. It is a program
/// of its own, since valgrind cannot run the tests' own.
@main
enum Costs {
    struct Case: Sendable {
        let name: String
        /// The smaller of the two sizes.
        let size: Int
        /// Makes the input of a size; what is returned is measured, and says whether it did what it should.
        let prepare: @Sendable (Int) -> @Sendable () -> Bool
        init(_ name: String, _ size: Int, _ prepare: @escaping @Sendable (Int) -> @Sendable () -> Bool) {
            self.name = name
            self.size = size
            self.prepare = prepare
        }
    }

    /// Accents in an order that Unicode's normalisation has to sort.
    private static func accents(_ count: Int) -> String {
        "e" + String(String.UnicodeScalarView((0..<count).map { $0 % 2 == 0 ? "\u{301}" : "\u{323}" }))
    }

    private static func fields(_ count: Int, _ value: (Int) -> JSON = JSON.int) -> JSON {
        .object(JSON.Object((0..<count).map { ("f\($0)", value($0)) }))
    }

    private static func messages(_ count: Int) -> [SessionEvent] {
        (0..<count).map {
            SessionEvent(seq: $0 + 1, at: 0, body: .messageAdded(Message(id: "m\($0)", role: .user, text: "x")))
        }
    }

    /// A body of one piece again and again.
    private static func redaction(_ name: String, _ size: Int, _ piece: String) -> Case {
        Case("redaction-\(name)", size) { size in
            let json: JSON = ["body": .string(String(repeating: piece, count: size))]
            return { Redaction().redacted(json)["body"] != nil }
        }
    }

    static let cases: [Case] = [
        Case("form-same-name", 1000) { size in
            let body = Array(String(repeating: "a=1&", count: size).utf8)
            return { (try? RequestBody.parse(body, type: "application/x-www-form-urlencoded")) != nil }
        },
        Case("form-names", 500) { size in
            let body = Array((0..<size).map { "a\($0)=%41+b" }.joined(separator: "&").utf8)
            return { (try? RequestBody.parse(body, type: "application/x-www-form-urlencoded")) != nil }
        },
        Case("multipart-same-name", 200) { size in
            let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
            let body = Array((String(repeating: part, count: size) + "--b--\r\n").utf8)
            return { (try? RequestBody.parse(body, type: "multipart/form-data; boundary=b")) != nil }
        },
        Case("multipart-dashes", 3_000) { size in
            let body = Array(
                ("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + String(repeating: "\r\n--", count: size)
                    + "\r\n--b--\r\n").utf8
            )
            return { (try? RequestBody.parse(body, type: "multipart/form-data; boundary=b")) != nil }
        },
        Case("query", 400) { size in
            let target = "/x?" + String(repeating: "a=1&", count: size)
            return { (try? Address(target))?.query.count == size }
        },
        Case("json-fields", 500) { size in
            let bytes = fields(size).bytes
            return { (try? JSON(parsing: bytes))?.object?.count == size }
        },
        Case("json-same-field", 1000) { size in
            let bytes = Array(("{" + Array(repeating: "\"a\":1", count: size).joined(separator: ",") + "}").utf8)
            return { (try? JSON(parsing: bytes))?["a"] == 1 }
        },
        Case("json-key-of-accents", 5_000) { size in
            let bytes = Array("{\"\(accents(size))\":1}".utf8)
            return { (try? JSON(parsing: bytes)) == (try? JSON(parsing: bytes)) }
        },
        Case("json-values-of-accents", 5_000) { size in
            let (a, b) = (JSON.string(accents(size)), JSON.string(accents(size) + "\u{301}"))
            return { a != b && Set([a, b]).count == 2 }
        },
        Case("json-escapes", 1000) { size in
            let bytes = Array(("\"" + String(repeating: "\\ud83d\\ude00", count: size) + "\"").utf8)
            return { (try? JSON(parsing: bytes))?.string?.utf8.count == 4 * size }
        },
        Case("json-long-number", 4_000) { size in
            let bytes = Array(("0." + String(repeating: "12", count: size)).utf8)
            return { (try? JSON(parsing: bytes)) == (try? JSON(parsing: bytes + Array("0".utf8))) }
        },
        Case("rerun-messages-of-a-turn", 2000) { size in
            let events = messages(size).map { SessionEvent(seq: $0.seq, at: 0, turn: "t", body: $0.body) }
            return {
                var step = RecordedStep(beginning: events[0])
                for event in events.dropFirst() { step?.take(event) }
                return step?.messages.count == size
            }
        },
        Case("pointer", 1000) { size in
            let text = String(repeating: "/a~1b", count: size)
            return { JSONPointer(parsing: text)?.description == text }
        },
        Case("diff-fields-gone", 400) { size in
            let (old, new) = (fields(size), JSON.object([:]))
            return { (try? old.applying(JSONPatch(from: old, to: new))) == new }
        },
        Case("diff-fields-changed", 400) { size in
            let (old, new) = (fields(size), fields(size) { .int($0 + 1) })
            return { (try? old.applying(JSONPatch(from: old, to: new))) == new }
        },
        Case("diff-items-gone", 400) { size in
            let (old, new) = (JSON.array((0..<size).map(JSON.int)), JSON.array([]))
            return { (try? old.applying(JSONPatch(from: old, to: new))) == new }
        },
        Case("diff-items-changed", 400) { size in
            let (old, new) = (JSON.array((0..<size).map(JSON.int)), JSON.array((0..<size).map { .int($0 * 2 + 1) }))
            return { (try? old.applying(JSONPatch(from: old, to: new))) == new }
        },
        Case("fold-removed-first", 500) { size in
            let gone = (0..<size).map { SessionEvent(seq: size + $0 + 1, at: 0, body: .messageRemoved(id: "m\($0)")) }
            let events = messages(size) + gone
            return { SessionFold(events).messages.isEmpty }
        },
        Case("fold-in-batches", 500) { size in
            let base = SessionFold(messages(size))
            let batches = (0..<size).map { index in
                [SessionEvent(seq: size + index + 1, at: 0, body: .messageRemoved(id: base.messages[index].id))]
            }
            return {
                var growing = GrowingFold(base)
                for batch in batches { growing.apply(batch) }
                return growing.messageCount == 0 && growing.fold.messages.isEmpty
            }
        },
        Case("fold-taken-back", 500) { size in
            let added = messages(size)
            let gone = (0..<size).reversed().map { SessionEvent(seq: 1, at: 0, body: .messageRemoved(id: "m\($0)")) }
            return {
                var fold = SessionFold()
                for event in added + gone { fold.apply(event) }
                return fold.messages.isEmpty
            }
        },
        Case("fold-fields", 300) { size in
            let event = SessionEvent(seq: 1, at: 0, body: .stateChanged(JSONPatch(from: [:], to: fields(size))))
            return { SessionFold([event]).blame.count == size }
        },
        Case("redaction-key-of-accents", 3_000) { size in
            let json: JSON = ["body": [accents(size): "x"]]
            return { Redaction(masks: [.email, .card, .phone]).redacted(json) == json }
        },
        Case("redaction-text-of-accents", 2_000) { size in
            let json: JSON = ["body": .string("a@b.cd 1 " + accents(size))]
            return { Redaction(masks: [.email, .card, .phone]).redacted(json) != json }
        },
        Case("search-accents", 2_000) { size in
            let words = SearchWords("needle \"a b\"")
            let text = accents(size) + " " + String(repeating: "\u{323}\u{301}", count: size)
            return { words?.match(text) == false }
        },
        Case("search-long-word", 20_000) { size in
            { SearchWords("needle m*")?.match(String(repeating: "\u{301}m", count: size)) == false }
        },
        Case("search-phrase", 2_000) { size in
            let words = SearchWords("\"" + String(repeating: "a ", count: 31) + "b\"")
            return { words?.match(String(repeating: "a ", count: size)) == false }
        },
        Case("search-lines", 500) { size in
            let words = SearchWords("needle")
            let texts = Array(repeating: "hay\nhay", count: size) + ["needle"]
            return { words?.line(of: texts) == "needle" }
        },
        Case("search-index", 2_000) { size in
            let texts = Array(repeating: "东京 and more", count: size)
            return { texts.indexText.utf8.count > size }
        },
        Case("redaction-numbers", 400) { size in
            let json: JSON = ["body": .string(String(repeating: "12 (3) ", count: size))]
            return { Redaction(masks: [.card, .phone]).redacted(json)["body"] != nil }
        },
        Case("redaction-labels", 200) { size in
            let json: JSON = ["body": .string(String(repeating: "a: password=x\n", count: size))]
            return { Redaction().redacted(json) != json }
        },
        redaction("colons", 1000, ":"), redaction("equals", 1000, "="), redaction("equal-quotes", 500, "=\""),
        redaction("arrows", 500, "=> "), redaction("open-tags", 300, "<password><a>"),
        redaction("end-tags", 300, "</key>"),
        redaction("tag-in-tag", 300, "<a <b "), redaction("csv", 200, "name,password\n\"a\",\"\n"),
        redaction("csv-open", 200, "password,\"\nx,\"a\n"), redaction("bars", 300, "|password|\n"),
        redaction("encoded", 300, "%22%3D%25"), redaction("options", 300, "--password "),
        redaction("yaml", 200, "? password\n: "),
        redaction("yaml-block", 200, "password: |\n"), redaction("escapes", 300, "password=\\\n"),
        redaction("serialized", 200, "\"password\";s:6:"), redaction("keys", 100, "-----BEGIN PRIVATE KEY-----"),
        redaction("putty", 100, "Private-Lines:\n"), redaction("addresses", 200, "://a:b"),
        Case("redaction-name-and-blanks", 2000) { size in
            let json: JSON = ["body": .string("password" + String(repeating: " ", count: size))]
            return { Redaction().redacted(json)["body"] != nil }
        },
        Case("redaction-signs", 1000) { size in
            let json: JSON = ["body": .string(String(repeating: " =:>", count: size))]
            return { Redaction().redacted(json)["body"] != nil }
        },
        Case("redaction-tags", 200) { size in
            let json: JSON = ["body": .string(String(repeating: "<password>x</password>", count: size))]
            return { Redaction().redacted(json) != json }
        },
        Case("redaction-yaml", 200) { size in
            let json: JSON = ["body": .string(String(repeating: "token:\n - a\n", count: size))]
            return { Redaction().redacted(json) != json }
        },
        Case("redaction-rows", 200) { size in
            let json: JSON = ["body": .string("name,password\n" + String(repeating: "ann,x\n", count: size))]
            return { Redaction().redacted(json) != json }
        },
        Case("redaction-keys-of-services", 100) { size in
            let json: JSON = ["body": .string(String(repeating: "sk-eyJghp_ Bearer -----BEGIN ://", count: size))]
            return { Redaction().redacted(json)["body"] != nil }
        },
        Case("filter", 300) { size in
            let text = String(repeating: "-\"a b\":c ", count: size)
            return { (try? SessionFilter(parsing: String(text.prefix(4096)))) == nil }
        },
        Case("server-sent-events", 1000) { size in
            let bytes = Array(String(repeating: "data: x\n", count: size).utf8)
            return {
                var events = ServerSentEvents()
                return (try? events.add(bytes + [10, 10]))?.first?.data.utf8.count == 2 * size - 1
            }
        },
        Case("tool-call-pieces", 1000) { size in
            {
                var pieces = ToolCallPieces(fallbackID: "c")
                for _ in 0..<size { pieces.add(["index": 0, "function": ["name": "f", "arguments": " "]]) }
                return pieces.calls.count == 1
            }
        },
        Case("context-of-one-id", 200) { size in
            let calls = Message(
                role: .assistant,
                blocks: (0..<size).map { _ in .toolCall(ToolCall(id: "a", name: "f", arguments: [:])) }
            )
            return { ValidContext([.user("x"), calls]).unanswered == size }
        },
        Case("context-results-reversed", 200) { size in
            let ids = (0..<size).map { "c\($0)" }
            let calls = ids.map { Block.toolCall(ToolCall(id: $0, name: "f", arguments: [:])) }
            let results = ids.reversed().map { Block.toolResult(ToolResult(id: $0, name: "f", result: 1)) }
            let window = [Message(role: .assistant, blocks: calls), Message(role: .user, blocks: results)]
            return { ValidContext(window).unanswered == 0 }
        },
        redaction("names-then-equals", 20, String(repeating: "a", count: 400) + " password=x "),
        Case("tool-calls", 300) { size in
            {
                var pieces = ToolCallPieces(fallbackID: "c")
                for number in 0..<size {
                    pieces.add(["id": .string("c\(number)"), "function": ["name": "f", "arguments": "{}"]])
                }
                return pieces.calls.count == size
            }
        },
        Case("anthropic-stream", 100) { size in
            let text = String(repeating: "x", count: 100)
            let start: JSON = [
                "type": "content_block_start", "index": 0, "content_block": ["type": "text", "text": ""],
            ]
            let delta: JSON = ["type": "content_block_delta", "index": 0, "delta": ["text": .string(text)]]
            return {
                var answer = AnthropicAnswer(fallbackID: "c")
                _ = try? answer.add(start)
                for _ in 0..<size { _ = try? answer.add(delta) }
                return answer.completion.blocks == [.text(String(repeating: "x", count: 100 * size))]
            }
        },
        Case("numbers-of-a-capsule", 200) { size in
            let event: JSON = ["seq": 1, "usage": fields(size), "blame": fields(size)]
            return { (try? CapsuleNumbers.check(event, "it")) != nil }
        },
    ]

    /// Prints a line for each, in the order of the counts.
    static func main() {
        for each in cases {
            for size in [each.size, 2 * each.size] {
                let work = each.prepare(size)
                var isDone = false
                measured { isDone = work() }
                print(isDone ? "cost" : "wrong", each.name, size)
            }
        }
    }
}
#else
@main
enum Costs {
    static func main() { print("The costs are counted in a debug build, which can look into the modules.") }
}
#endif
