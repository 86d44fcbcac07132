import Terminal
import Testing

@Suite("Safe text", .timeLimit(.minutes(15)))
struct SafeTextTests {
    @Test(
        "control characters, overrides and invisible ones become visible marks",
        arguments: [
            ("\u{1B}[31mred", "␛[31mred"), ("a\u{07}b", "a␇b"), ("a\u{7F}", "a␡"), ("\u{9B}31m", "‹9B›31m"),
            ("a\u{202E}b", "a‹202E›b"),
            ("a\u{200B}b", "a‹200B›b"), ("a\nb", "a⏎b"), ("a\r\nb", "a⏎b"), ("\u{FEFF}x", "‹FEFF›x"),
            ("\u{E000}", "‹E000›"),
            ("\u{2066}x", "‹2066›x"), ("a\tb", "a       b"), ("plain é 中", "plain é 中"), ("\u{0301}", "‹301›"),
            ("\u{378}", "‹378›"),
            ("🇩🇪", "DE"), ("❤\u{FE0F}", "❤"), ("\u{1B}]52;c;AAAA\u{07}", "␛]52;c;AAAA␇"), ("\u{AD}", "‹AD›"),
        ]
    )
    func cleaning(outside: String, safe: String) { #expect(SafeText(outside).string == safe) }

    @Test("no text at all lets a control character through", arguments: 0..<200)
    func random(seed: Int) {
        var random = SystemRandomNumberGenerator()
        var text = ""
        for _ in 0..<200 {
            let value =
                [UInt32.random(in: 0..<0x300, using: &random), .random(in: 0..<0x11_0000, using: &random)]
                .randomElement() ?? 0
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        }
        let safe = SafeText(text)
        for scalar in safe.string.unicodeScalars {
            #expect(scalar.properties.generalCategory != .control, "\(scalar.value)")
            #expect(!(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value))
        }
    }

    @Test(
        "width counts columns of clusters",
        arguments: [
            ("abc", 3), ("中文", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("👍🏽", 2), ("🇩🇪", 2), ("한글", 4), ("ｱ", 1),
            ("Ａ", 2), ("", 0),
            ("⚓", 2), ("✉", 1),
        ]
    )
    func width(text: String, columns: Int) { #expect(SafeText(text).width == columns) }

    @Test("what is put into a literal is cleaned, whatever it is")
    func interpolation() {
        let outside = "\u{1B}[31m\u{202E}"
        let text: SafeText = "by \(outside)!"
        #expect(text.string == "by ␛[31m‹202E›!")
    }

    @Test("an id is cut inside, so that its end is seen")
    func cuttingInside() {
        #expect(SafeText("tmp_01ABCDEFXYZ").cutInside(to: 9, keeping: 4).string == "tmp_…FXYZ")
        #expect(SafeText("tmp_中文字中文字").cutInside(to: 10, keeping: 4).string == "tmp_…文字")
        #expect(SafeText("short").cutInside(to: 9, keeping: 4).string == "short")
    }

    @Test("cutting never halves a cluster")
    func cutting() {
        let text: SafeText = "中文字"
        #expect(text.cut(to: 6).string == "中文字")
        #expect(text.cut(to: 5).string == "中文…")
        #expect(text.cut(to: 4).string == "中…")
        #expect(text.cut(to: 0).string == "")
        #expect(text.filled(to: 4).width == 4)
        #expect(text.prefix(3).string == "中")
    }

    @Test("wrapping breaks at spaces, and within words that are too long")
    func wrapping() {
        #expect(SafeText("the quick brown fox").wrapped(to: 10).map(\.string) == ["the quick", "brown fox"])
        #expect(SafeText("abcdefgh").wrapped(to: 3).map(\.string) == ["abc", "def", "gh"])
        #expect(SafeText("中文字").wrapped(to: 3).map(\.string) == ["中", "文", "字"])
        #expect(SafeText("中").wrapped(to: 1).map(\.string) == ["中"])
        #expect(SafeText("").wrapped(to: 5).map(\.string) == [""])
    }

    @Test("lines are split wherever a text breaks them")
    func lines() { #expect(SafeText.lines("a\r\nb\n\nc").map(\.string) == ["a", "b", "", "c"]) }
}
