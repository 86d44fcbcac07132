import Foundation
import Inspection
import SessionModel
import Testing

@testable import Inspector
@testable import MagmaRuntime
@testable import Terminal

@Suite("What is read, whatever it is: journals, schedules, texts", .timeLimit(.minutes(60)))
struct ModelFuzzTests {
    @Test("JSON that is read is written as it was")
    func json() async throws {
        var fuzzer = Fuzzer(
            [#"{"a":[1,-2.5e3,true,false,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":{}}}"#, "[[[]]]", "\"\\\\\"", "1e10"],
            words: ["\\u", "\\ud800", "{", "}", "[", "]", "\"", ":", ",", "nul", "1.", "0x"]
        )
        for await _ in Fuzzer.Runs() {
            let bytes = fuzzer.bytes()
            guard let json = try? JSON(parsing: bytes) else { continue }
            let again = try? JSON(parsing: json.text)
            if again != json { Issue.record("\(bytes)") }
        }
    }

    @Test("schedules that are read have a next moment within four years of leap days, or none")
    func cron() async {
        var fuzzer = Fuzzer(
            ["* * * * *", "*/5 0-23 1,15 JAN-DEC MON-FRI", "0 0 29 2 *", "0 0 0 L * *", "@hourly", "59 59 23 31 12 7"],
            words: ["*", "/", "-", ",", "L", "W", "#", "SUN", "FEB", "60", "?"]
        )
        let zone = TimeZone(identifier: "America/New_York") ?? .gmt
        for await _ in Fuzzer.Runs() {
            let text = fuzzer.text()
            guard let schedule = try? CronExpression(text) else { continue }
            if let next = schedule.next(after: 1_700_000_000_000, in: zone), next <= 1_700_000_000_000 {
                Issue.record("\(text)")
            }
            if (try? CronExpression(schedule.description)) == nil { Issue.record("\(text) as \(schedule)") }
            _ = schedule.words
        }
    }

    @Test("events and folds that are read are written as they were")
    func journal() async throws {
        let event = #"""
            {"seq":3,"at":1700000000000,"kind":"state.changed","cause":2,"turn":"t","patch":[{"op":"add","path":"/a/0","value":{"b":1}}]}
            """#
        let message = #"""
            {"seq":4,"at":1700000000000,"kind":"message.added","message":{"id":"m","role":"assistant","blocks":[{"type":"text","text":"x"},{"type":"tool_call","tool_call":{"fn_id":"c","fn_name":"f","fn_args":{}}}]}}
            """#
        let finished = #"""
            {"seq":5,"at":1,"kind":"turn.finished","turn":"t","result":{"status":"finished","stop_reason":"stop","usage":{"input":1},"duration":2.5}}
            """#
        var fuzzer = Fuzzer(
            [event, message, finished],
            words: ["\"seq\":9", "remove", "/-", "~1", "null", "\"kind\":\"tick.missed\"", "tool_result", "[]", "{}"]
        )
        for await _ in Fuzzer.Runs() {
            guard let json = try? JSON(parsing: fuzzer.bytes()), let event = SessionEvent(json: json) else { continue }
            if SessionEvent(json: event.json) != event || event.text != event.json.text {
                Issue.record("\(json.text)")
            }
            var fold = SessionFold()
            fold.apply(event)
            _ = SessionFold(json: json)
        }
    }

    @Test("filters are read or refused")
    func filters() async {
        var fuzzer = Fuzzer(
            [
                "agent:support status:live -kind:temporary messages:>10 idle:<5m plan=pro",
                "state.a.b:\"x y\" or not doing:thinking",
            ],
            words: [":", ">", "<", "=", "-", "\"", "(", ")", "state.", "age:"]
        )
        for await _ in Fuzzer.Runs() { _ = try? SessionFilter(parsing: fuzzer.text()) }
    }

    @Test("what becomes a safe text has no control characters, and is as wide as its cuts")
    func safeText() async {
        var fuzzer = Fuzzer(
            ["plain", "注 \u{1B}]52;c;AAAA\u{07}\u{9B}31m\u{202E}e\u{301}👩‍👩‍👧🇩🇪\t|", "a\r\nb\u{2028}c\u{0}"],
            words: ["\u{200D}", "\u{FE0F}", "\u{2066}", "\u{7F}", "\u{85}", "\u{E0001}", "\u{1F1E9}", "\u{301}"]
        )
        for await _ in Fuzzer.Runs() {
            let text = fuzzer.text()
            let safe = SafeText(text)
            let isClean = safe.string.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control && !(0x202A...0x202E).contains($0.value)
                    && !(0x2066...0x2069).contains($0.value)
            }
            if !isClean { Issue.record("\(Array(text.utf8))") }
            if safe.cut(to: 7).width > 7 || safe.prefix(5).width > 5 { Issue.record("\(Array(text.utf8))") }
            if safe.wrapped(to: 9).contains(where: { $0.width > 9 }) { Issue.record("\(Array(text.utf8))") }
        }
    }

    @Test("themes are read or refused")
    func themes() async {
        var fuzzer = Fuzzer(
            [
                "name: x\nroles:\n  text: \"#ffffff\"\n  user: { fg: red, bg: 12, bold: true }\nkeys:\n- [a, b]\n- |\n  c\n"
            ],
            words: [
                "[", "]", ": ", "#", "\"", "'", "1979-05-27T07:32:00Z", "~", "0xff", "{", "}", "\n", "- ", "? ", "&a ",
                "*a",
                "<<: ", "!!set ", "---\n", "...\n", "%YAML 1.1\n", "|", ">", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{0}",
            ]
        )
        for await _ in Fuzzer.Runs() {
            let text = fuzzer.text()
            _ = try? Theme(parsing: text)
            _ = InterfaceSettings(parsing: text, named: "config.yaml")
        }
    }
}
