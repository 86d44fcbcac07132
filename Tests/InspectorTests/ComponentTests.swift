import Foundation
import SessionModel
import Terminal
import TestSupport
import Testing

@testable import Inspector

@Suite("Parts of the interface", .timeLimit(.minutes(15)))
struct ComponentTests {
    @Test("a long text is wrapped as a short one is, the first time and the next, and cut where it is too long")
    func wrappedTexts() {
        let texts = WrappedTexts()
        for text in ["one two", String(repeating: "lorem ipsum\n", count: 400), String(repeating: "\t👩‍👩‍👧", count: 900)] {
            for width in [1, 7, 80] {
                let fresh = SafeText.lines(text).flatMap { $0.wrapped(to: width) }.map(\.string)
                for _ in 0..<2 {
                    #expect(texts.lines(of: text, width: width, limit: 20_000).map(\.string) == fresh)
                }
            }
        }
        let long = String(repeating: "é", count: 30_000)
        let shown = texts.lines(of: long, width: 100, limit: 20_000)
        #expect(shown.count == 200 && shown.allSatisfy { $0.width == 100 })
        // More of them than are kept.
        for number in 0..<40 {
            let text = "\(number) " + String(repeating: "x", count: 3000)
            #expect(texts.lines(of: text, width: 50, limit: 20_000).first?.string == "\(number)")
        }
    }

    @Test("the link's waits double from a quarter of a second to ten")
    func backoff() {
        var backoff = Backoff()
        #expect((0..<8).map { _ in backoff.wait(random: 0.5) } == [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
        backoff.reset()
        #expect(backoff.wait(random: 0) == 200)
        #expect(abs(backoff.wait(random: 1) - 600) < 0.001)
    }

    @Test(
        "the themes that ship can be read, and their texts stand out from what is behind them",
        arguments: Theme.builtInNames
    )
    func themes(name: String) throws {
        let theme = try #require(try Theme.builtIn(name))
        #expect(theme.name == name)
        let palette = theme.palette
        let backgrounds = [
            palette[.text].background, palette[.selection].background, palette[.selectionUnfocused].background,
        ]
        for role in ColorRole.allCases where ![.selection, .selectionUnfocused, .border, .bar].contains(role) {
            guard let front = palette[role].foreground.hex else {
                #expect(name == "mono", "\(role) has no colour")
                continue
            }
            for back in backgrounds { expectContrast(front, back.hex ?? "#1c1c1c", "\(role) of \(name)") }
        }
        if let front = palette[.bar].foreground.hex, let back = palette[.bar].background.hex {
            expectContrast(front, back, "the bar of \(name)")
        }
    }

    /// At least 4.5 to 1, as WCAG 2 asks of text.
    private func expectContrast(_ front: String, _ back: String, _ what: String) {
        func luminance(_ hex: String) -> Double {
            let number = Int(hex.dropFirst(), radix: 16) ?? 0
            let parts = [number >> 16, number >> 8 & 255, number & 255].map { part -> Double in
                let value = Double(part) / 255
                return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
        }
        let pair = [luminance(front), luminance(back)].sorted()
        let contrast = (pair[1] + 0.05) / (pair[0] + 0.05)
        #expect(contrast >= 4.5, "\(what): \(front) on \(back) is \(contrast)")
    }

    @Test(
        "a theme's mistakes are named by line",
        arguments: [
            ("name: x\nroles:\n  text: \"#12\"", 3, "colour"),
            ("name: x\nroles:\n  text: \"#+12345\"", 3, "colour"),
            ("name: x\nroles:\n  text: \"#-00000\"", 3, "colour"),
            ("name: x\nroles:\n  text: #121212", 3, "into quotes"),
            ("name: x\nroles:\n  mood: red", 3, "no role"),
            ("name: x\nroles:\n  text: { fgg: red }", 3, "fgg"),
            ("name: x\nroles:\n  text: { bold: maybe }", 3, "true or false"),
            ("name: x\nroles: [\n", 3, ""), ("roles: {}\n", nil, "name"), ("name: x", nil, "roles"),
            ("name: x\nroles:\n  text: 5000", 3, "colour"), ("name: x\nroles:\n  text: red\n  text: blue", 3, "twice"),
            ("name: &a x\nroles: *a", 2, "aliases"), ("- x", 1, "table"),
            ("name: x\nroles:\n\ttext: red", 3, ""),
        ] as [(String, Int?, String)]
    )
    func wrongTheme(text: String, line: Int?, part: String) {
        let problem = #expect(throws: YAMLProblem.self) { try Theme(parsing: text) }
        #expect(problem?.line == line)
        #expect(problem.map { part.isEmpty || "\($0)".contains(part) } == true, "\(problem.map { "\($0)" } ?? "")")
    }

    @Test(
        "the line editor does what shells do",
        arguments: [
            ([Key.left, .backspace], "ac"), ([.home, .delete], "bc"), ([.control("u")], ""),
            ([.left, .control("k")], "ab"), ([.character(" "), .character("d"), .control("w")], "abc "),
            ([.home, .character("中")], "中abc"), ([.home, .left, .backspace], "abc"), ([.end, .right, .delete], "abc"),
        ]
    )
    func editing(keys: [Key], text: String) {
        var input = TextInput("abc")
        for key in keys { _ = input.handle(key) }
        #expect(input.text == text)
    }

    @Test("typing, moving and deleting do what they do in a list of characters", arguments: 0..<200)
    func typing(seed: Int) {
        var random = Seeded(UInt64(seed))
        let keys: [Key] = [
            .character("a"), .character(" "), .character("世"), .character("\n"), .character("👍"), .left, .left, .right,
            .up,
            .down, .home, .end, .backspace, .delete, .control("w"), .control("k"), .control("u"),
        ]
        var input = TextInput()
        var (before, after): ([Character], [Character]) = ([], [])
        for _ in 0..<60 {
            let key = keys.randomElement(using: &random) ?? .left
            _ = input.handleLines(key)
            let all = before + after
            var place = before.count
            switch key {
            case .character(let character): before.append(character)
            case .left: if let last = before.popLast() { after.insert(last, at: 0) }
            case .right: if !after.isEmpty { before.append(after.removeFirst()) }
            case .home: while let last = before.last, last != "\n" { after.insert(before.removeLast(), at: 0) }
            case .end: while let first = after.first, first != "\n" { before.append(after.removeFirst()) }
            case .backspace: _ = before.popLast()
            case .delete: if !after.isEmpty { after.removeFirst() }
            case .control("k"): after = []
            case .control("u"): before = []
            case .control("w"):
                while before.last?.isWhitespace == true { before.removeLast() }
                while before.last.map({ !$0.isWhitespace }) == true { before.removeLast() }
            default:
                let lines = String(all).split(separator: "\n", omittingEmptySubsequences: false)
                let head = String(before).split(separator: "\n", omittingEmptySubsequences: false)
                let (row, column) = (max(0, head.count - 1), head.last?.count ?? 0)
                let target = key == .up ? row - 1 : row + 1
                guard lines.indices.contains(target) else { break }
                place = lines[..<target].reduce(0) { $0 + $1.count + 1 } + min(column, lines[target].count)
                (before, after) = (Array(all[..<place]), Array(all[place...]))
            }
            #expect(input.head == String(before) && input.tail == String(after), "seed \(seed) \(key)")
            #expect(input.lineBreaks == input.text.filter { $0 == "\n" }.count)
            let (lines, row) = input.lines(atMost: 3)
            let whole = input.text.split(separator: "\n", omittingEmptySubsequences: false)
            let first = input.head.filter { $0 == "\n" }.count - row
            #expect(lines.count == min(3, whole.count - first) && lines.elementsEqual(whole[first...].prefix(3)))
        }
    }

    @Test("a line with the date stands before the first message of another day")
    func days() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let now = Fixture.now
        var days = Days(zone: zone, today: now)
        let hour: Int64 = 3_600_000
        // 2027-01-15, 09:00 in Berlin.
        #expect(days.next(now - 50 * hour) == "2027-01-13")
        #expect(days.next(now - 49 * hour) == nil)
        #expect(days.next(now - 10 * hour) == "2027-01-14")
        #expect(days.next(now - 9 * hour) == "2027-01-15")
        #expect(days.next(now) == nil)
        var fixture = Fixture.opened()
        for (id, ago) in [("a", 30 * hour), ("b", hour)] {
            let message = Message(id: id, role: .user, text: "message \(id)")
            let seq = (fixture.model.detail?.fold.seq ?? 0) + 1
            let event = SessionEvent(seq: seq, at: now - ago, body: .messageAdded(message))
            fixture.notify("session.event", ["attachment": "a1", "event": event.json])
        }
        let text = fixture.model.view().text
        #expect(text.contains("┄ 2027-01-14 ┄") && text.contains("┄ 2027-01-15 ┄"))
    }

    @Test("the cursor of prompts and of the palette moves with the arrows")
    func cursors() {
        for open in [Key.character(":"), .character("n")] {
            var fixture = Fixture.opened()
            fixture.press(open)
            fixture.type("abc")
            let end = fixture.model.view().cursor
            fixture.press(.left, .left)
            let moved = fixture.model.view().cursor
            #expect(end != nil && moved?.x == (end?.x ?? 0) - 2 && moved?.y == end?.y)
        }
    }

    @Test("a combining mark joins what stands before the cursor")
    func combining() {
        var input = TextInput("e")
        input.insert("\u{301}")
        #expect(input.head.count == 1)
        _ = input.handle(.backspace)
        #expect(input.isEmpty)
    }

    @Test("numbers and times read as people write them")
    func format() {
        #expect(Format.count(1_204_567) == "1 204 567")
        #expect(Format.age(59_999) == "59s")
        #expect(Format.countdown(252_000) == "4m12s")
        #expect(Format.duration(0.24) == "0.2 ms")
        #expect(Format.duration(1234) == "1.2 s")
        #expect(Format.clock(1_800_000_000_000, in: .gmt) == "08:00:00")
    }

    @Test("a text that is read in pieces is the same, wherever they are cut", arguments: 1...9)
    func pieces(size: Int) {
        let text = "a é 注文 👩‍👩‍👧 end 文"
        let bytes = Data(text.utf8)
        var pieces = UTF8Pieces()
        var read = ""
        for start in stride(from: 0, to: bytes.count, by: size) {
            let end = min(start + size, bytes.count)
            read += pieces.text(of: Data(bytes[start..<end]), isLast: end == bytes.count)
        }
        #expect(Array(read.utf8) == Array(text.utf8))
    }

    @Test("events that a runtime leaves a gap between are not taken for neighbours")
    func gaps() {
        func event(_ seq: Int) -> SessionEvent { SessionEvent(seq: seq, at: 0, body: .log(level: "info", text: "x")) }
        func unbroken(_ seqs: [Int], _ seq: Int) -> [Int] {
            KnownEvents.unbroken(seqs.map(event), around: seq).map(\.seq)
        }
        #expect(unbroken([1, 2, 3], 3) == [1, 2, 3])
        #expect(unbroken([1, 2, 4, 5], 5) == [4, 5])
        #expect(unbroken([1, 2, 4, 5, 9], 4) == [4, 5])
        #expect(unbroken([5, 4, 3], 4) == [4])
        #expect(unbroken([1, 1, 2], 2) == [1, 2])
        #expect(unbroken([0, Int.max], Int.max) == [Int.max])
        #expect(unbroken([1, 2], 7) == [])
        var detail = SessionDetail(key: SessionKey(agent: "a", session: "s"))
        detail.fold.seq = 9
        detail.remember(older: [1, 2, 3, 7, 8, 9].map(event))
        #expect(detail.known.events.map(\.seq) == [7, 8, 9])
        #expect(detail.event(3) == nil)
        #expect(detail.event(8)?.seq == 8)
    }
}
