import Terminal
import TestSupport
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
            ("🇩🇪", "DE"), ("❤\u{FE0F}", "❤"), ("👩‍👩‍👧", "👩👩👧"), ("👍🏽", "👍‹tone 3›"), ("1\u{FE0F}\u{20E3}", "1\u{20E3}"),
            ("a\u{FE0F}", "a‹FE0F›"), ("❤\u{FE0F}\u{FE0F}", "❤‹FE0F›"), ("a\u{E0100}", "a‹E0100›"),
            ("a\u{FE00}b", "a‹FE00›b"), ("\u{115F}", "‹115F›"), ("\u{1160}", "‹1160›"), ("\u{3164}", "‹3164›"),
            ("\u{FFA0}", "‹FFA0›"), ("\u{2800}", "‹2800›"), ("a\u{34F}b", "a‹34F›b"), ("\u{E0041}", "‹E0041›"),
            ("a\u{200D}b", "a‹200D›b"), ("👩\u{200D}", "👩‹200D›"), ("👩\u{200D}a", "👩‹200D›a"), ("\u{1161}", "‹1161›"),
            ("a\u{1161}", "a‹1161›"),
            ("e" + String(repeating: "\u{301}", count: 100), "e\u{301}\u{301}\u{301}\u{301}‹+96›"),
            ("\u{180B}", "‹180B›"), ("\u{1B}]52;c;AAAA\u{07}", "␛]52;c;AAAA␇"), ("\u{AD}", "‹AD›"),
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
            ("abc", 3), ("中文", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 6), ("👍🏽", 10), ("🇩🇪", 2), ("한글", 4), ("ｱ", 1),
            ("Ａ", 2), ("", 0),
            ("⚓", 2), ("✉", 1),
        ]
    )
    func width(text: String, columns: Int) { #expect(SafeText(text).width == columns) }

    @Test(
        "letters of all scripts stay whole",
        arguments: [
            "नमस्ते दुनिया", "বাংলায় গান গাই", "ภาษาไทย น้ำ", "ﾊﾟｿｺﾝ ﾊﾞ", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "ગુજરાતી", "ਪੰਜਾਬੀ",
            "ଓଡ଼ିଆ", "සිංහල", "ລາວ ນ້ຳ", "မြန်မာဘာသာ", "ខ្មែរ", "བོད་སྐད", "한국어",
            "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}",
            "العربية", "עִבְרִית", "فارسی", "ქართული", "Հայերեն", "አማርኛ", "ᏣᎳᎩ", "Ελληνικά", "русский", "Tiếng Việt",
            "日本語 か\u{3099}",
            "e\u{301}a\u{308}\u{323}", "ᠮᠣᠩᠭᠣᠯ", "ꦗꦮ", "ᜆᜄᜎᜓᜄ᜔", "𑄌𑄋𑄴𑄟𑄳𑄦", "ދިވެހި",
        ]
    )
    func scripts(text: String) {
        #expect(SafeText(text).string.unicodeScalars.elementsEqual(text.unicodeScalars))
        // On the screen, cell by cell, and broken over lines.
        var surface = Surface(size: Size(width: 80, height: 1))
        let end = surface.draw(SafeText(text), x: 0, y: 0)
        #expect(end == SafeText(text).width)
        #expect(surface.text.dropLast().unicodeScalars.elementsEqual(text.unicodeScalars), "\(surface.text)")
        for columns in 1...9 {
            let lines = SafeText(text).wrapped(to: columns)
            let whole = lines.map(\.string).joined().unicodeScalars.filter { $0 != " " }
            #expect(whole.elementsEqual(text.unicodeScalars.filter { $0 != " " }), "\(columns)")
        }
    }

    @Test("whatever is drawn can be read back from the cells: the text, or a mark", arguments: 0..<300)
    func readBack(seed: Int) {
        var random = Seeded(UInt64(seed))
        // One of each class that Annex 29 breaks by, and what joins or hides.
        let alphabet: [Unicode.Scalar] = [
            "a", " ", "\u{301}", "\u{308}", "\u{903}", "\u{915}", "\u{94D}", "\u{937}", "\u{1100}", "\u{1161}",
            "\u{11A8}", "\u{AC00}",
            "\u{AC01}", "\u{200D}", "\u{200C}", "\u{1F476}", "\u{1F3FF}", "\u{1F6D1}", "\u{FE0F}", "\u{E0100}",
            "\u{600}", "\u{1F1E6}",
            "\u{E33}", "\u{FF9E}", "\u{20E3}", "\u{AD}", "\u{2701}", "\u{D4E}", "\u{1BC9D}", "\u{378}", "中", "\u{200B}",
            "\u{3164}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<30 { text.append(alphabet.randomElement(using: &random) ?? "a") }
        expectReadBack(Array(text))
    }

    /// The samples of GraphemeBreakTest.txt, which has every two of them with and without U+0308 between, and its cases of more.
    private static let samples: [UInt32] = [
        0x20, 0x0D, 0x0A, 0x01, 0x34F, 0x1F1E6, 0x600, 0x903, 0xA03, 0x900, 0x904, 0xD4E, 0x1100, 0x1160, 0x11A8,
        0xAC00,
        0xAC01, 0x915, 0x231A, 0x300, 0x93C, 0x94D, 0x200D, 0x378,
    ]
    private static let longer: [[UInt32]] = [
        [0x0D, 0x0A, 0x61, 0x0A, 0x308], [0x20, 0x200D, 0x646], [0x646, 0x200D, 0x20], [0xAC00, 0x11A8, 0x1100],
        [0xAC01, 0x11A8, 0x1100], [0x1F1E6, 0x1F1E7, 0x1F1E8, 0x62], [0x61, 0x1F1E6, 0x200D, 0x1F1E7, 0x1F1E8, 0x62],
        [0x61, 0x1F1E6, 0x1F1E7, 0x1F1E8, 0x1F1E9, 0x62], [0x61, 0x308, 0x62], [0x61, 0x903, 0x62],
        [0x61, 0x600, 0x62],
        [0x1F476, 0x1F3FF, 0x1F476], [0x61, 0x1F3FF, 0x1F476, 0x200D, 0x1F6D1],
        [0x1F476, 0x1F3FF, 0x308, 0x200D, 0x1F476, 0x1F3FF], [0x1F6D1, 0x200D, 0x1F6D1], [0x61, 0x200D, 0x2701],
        [0x2701, 0x200D, 0x2701], [0x915, 0x94D, 0x924], [0x915, 0x94D, 0x94D, 0x924], [0x915, 0x94D, 0x200D, 0x924],
        [0x915, 0x93C, 0x200D, 0x94D, 0x924], [0x915, 0x94D, 0x61], [0x915, 0x94D, 0x3F, 0x924],
        [0x915, 0x94D, 0x924, 0x94D, 0x92F], [0xAB8, 0xAFB, 0xACD, 0xAB8, 0xAFB],
    ]

    @Test("what UAX 29's test of grapheme breaks holds can be read back from the cells")
    func annex29() {
        var pairs: [[UInt32]] = []
        for first in Self.samples {
            for second in Self.samples {
                pairs += [[first, second], [first, 0x308, second], [0x61, first, second, 0x62]]
            }
        }
        for line in pairs + Self.longer { expectReadBack(line.compactMap(Unicode.Scalar.init)) }
    }

    /// Every scalar of a text that is drawn is there, or its mark, or what it is shown as.
    private func expectReadBack(_ text: [Unicode.Scalar]) {
        let safe = SafeText(String(String.UnicodeScalarView(text)))
        var surface = Surface(size: Size(width: 400, height: 1))
        surface.draw(safe, x: 0, y: 0)
        let shown = surface.text.dropLast()
        var cleaned = safe.string.unicodeScalars[...]
        while cleaned.last == " " { cleaned.removeLast() }
        let codes = text.map { String($0.value, radix: 16) }.joined(separator: " ")
        #expect(shown.unicodeScalars.elementsEqual(cleaned), "\(codes)")
        var rest = safe.string.unicodeScalars[...]
        for (index, scalar) in text.enumerated() {
            let hex = "‹\(String(scalar.value, radix: 16, uppercase: true))›".unicodeScalars
            let tone = (0x1F3FB...0x1F3FF).contains(scalar.value) ? "‹tone \(scalar.value - 0x1F3FA)›" : "‹"
            if rest.first == scalar {
                rest.removeFirst()
            } else if rest.starts(with: hex) {
                rest = rest.dropFirst(hex.count)
            } else if scalar == "\r", index + 1 < text.count, text[index + 1] == "\n" {
                continue
            } else if scalar == "\n" || scalar == "\r", rest.first == "⏎" || rest.first == "␍" {
                rest.removeFirst()
            } else if scalar.value < 0x20, rest.first?.value == 0x2400 + scalar.value {
                rest.removeFirst()
            } else if (0x1F1E6...0x1F1FF).contains(scalar.value), rest.first?.value == scalar.value - 0x1F1E6 + 0x41 {
                rest.removeFirst()
            } else if tone != "‹", rest.starts(with: tone.unicodeScalars) {
                rest = rest.dropFirst(8)
            } else if scalar == "\u{200D}" || scalar == "\u{FE0F}" {
                continue
            } else if rest.starts(with: "‹+".unicodeScalars) || scalar.properties.isGraphemeExtend
                || scalar == "\u{903}"
            {
                // Of more marks than a cell holds it is said how many there were.
                if let end = rest.firstIndex(of: "›"), rest.starts(with: "‹+".unicodeScalars), rest.first != scalar,
                    !scalar.properties.isGraphemeExtend, scalar != "\u{903}"
                {
                    rest = rest[rest.index(after: end)...].drop { $0 == scalar }
                }
            } else {
                Issue.record("\(codes): \(hex) is not shown in \(safe.string.debugDescription)")
                return
            }
        }
    }

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
