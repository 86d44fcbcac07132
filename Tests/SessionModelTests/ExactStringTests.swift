import Foundation
import SessionModel
import Testing

@Suite("Identity is bytes", .timeLimit(.minutes(15)))
struct ExactStringTests {
    /// Every scalar that has a canonical decomposition, beside that: the pairs that Unicode calls equivalent. Hangul
    /// syllables, which are many and alike, are taken one in fifty.
    static let equivalents: [(String, String)] = {
        let scalars = (0x80...0x2FFFF).lazy.filter { !(0xAC00...0xD7A3).contains($0) || $0 % 50 == 0 }
        return scalars.compactMap { Unicode.Scalar($0) }.compactMap { scalar in
            let text = String(scalar)
            let decomposed = text.decomposedStringWithCanonicalMapping
            return decomposed.utf8.elementsEqual(text.utf8) ? nil : (text, decomposed)
        }
    }()

    @Test("what only Unicode calls equivalent is two, as a string, a key, a member, a value, a place and an id")
    func equivalents() throws {
        #expect(Self.equivalents.count > 2000)
        for (a, b) in Self.equivalents {
            guard a == b else {
                Issue.record("\(a) is not equivalent")
                continue
            }
            let areTwo =
                ExactString(a) != ExactString(b) && Set([ExactString(a), ExactString(b)]).count == 2
                && (ExactString(a) < ExactString(b)) != (ExactString(b) < ExactString(a))
                && JSON.string(a) != JSON.string(b) && JSON.Object([(a, JSON.int(1)), (b, JSON.int(2))]).count == 2
                && SessionKey(agent: "a", session: a) != SessionKey(agent: "a", session: b)
                && JSONPointer([a]) != JSONPointer([b]) && Message.user(a) != Message.user(b)
                && Block.reasoning(a) != Block.reasoning(b)
            if !areTwo { Issue.record("U+\(String(a.unicodeScalars.first?.value ?? 0, radix: 16))") }
            let patch = JSONPatch(from: ["x": .string(a)], to: ["x": .string(b)])
            if patch.isEmpty || (try? JSON.object(["x": .string(a)]).applying(patch)["x"]) != .string(b) {
                Issue.record("no difference between \(a.unicodeScalars) and \(b.unicodeScalars)")
            }
            let fields = JSON.object(JSON.Object([(a, JSON.int(1)), (b, JSON.int(2))]))
            let again = try JSON(parsing: fields.text)
            if again != fields || again[a] != 1 || again[b] != 2 { Issue.record("\(fields.text)") }
        }
    }

    @Test("the order is that of the bytes, whatever the strings are")
    func order() {
        let texts = ["", "a", "a\u{0}", "aa", "b", "\u{E9}", "e\u{301}", "\u{212A}", "K", "\u{1F600}", "\u{FFFD}"]
        for a in texts {
            for b in texts {
                #expect((ExactString(a) < ExactString(b)) == a.utf8.lexicographicallyPrecedes(b.utf8))
                #expect((ExactString(a) == ExactString(b)) == a.utf8.elementsEqual(b.utf8))
            }
        }
    }

    @Test(
        "a text is cut at a scalar's end, however long its characters are",
        arguments: [
            ("abc", 2, "ab", "bc"), ("é", 1, "", ""), ("aé", 2, "a", "é"), ("日本", 4, "日", "本"), ("a", 0, "", ""),
            ("e\u{301}\u{301}", 3, "e\u{301}", "\u{301}"),
        ]
    )
    func cut(text: String, bytes: Int, beginning: String, end: String) {
        #expect(text.prefix(bytes: bytes).utf8.elementsEqual(beginning.utf8))
        #expect(text.suffix(bytes: bytes).utf8.elementsEqual(end.utf8))
    }
}
