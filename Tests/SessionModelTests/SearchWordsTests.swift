import SessionModel
import Testing

@Suite("What is searched for")
struct SearchWordsTests {
    @Test(
        "all words must be there, whatever their case, order and accents",
        arguments: [
            ("order 1188", "Where is ORDER #1188?", true), ("1188 order", "Where is ORDER #1188?", true),
            ("orders", "Where is the order?", false), ("order*", "my orders", true),
            ("ord* wher*", "where? orders", true),
            ("\"is order\"", "where is order 5", true), ("\"order is\"", "where is order 5", false),
            ("\"is ord*\"", "where is order 5", false), ("cafe", "Café", true), ("café", "cafe\u{301}", true),
            ("straße", "STRASSE", false), ("ann@example.com", "mail ann@example.com now", true),
            ("\"ann@example.com\"", "ann.example@com", true), ("3.14", "pi = 3.14", true),
            ("东京", "我住在东京塔", true), ("京东", "我住在东京塔", false), ("東京*", "東京タワー", true),
            ("한국", "대한민국 한국어", true), ("ไทย", "ภาษาไทย", true), ("👍", "👍", false),
        ]
    )
    func matching(words: String, text: String, isFound: Bool) throws {
        guard let words = SearchWords(words) else {
            #expect(!isFound)
            return
        }
        #expect(words.match(text) == isFound)
    }

    @Test("without a word, too long or of too many words it is refused", arguments: ["", " ", "…\"", "\"\"", "* !"])
    func refused(text: String) {
        #expect(SearchWords(text) == nil)
        #expect(SearchWords(String(repeating: "a", count: SearchWords.longest)) != nil)
        #expect(SearchWords(String(repeating: "a", count: SearchWords.longest + 1)) == nil)
        #expect(SearchWords(Array(repeating: "a", count: SearchWords.mostWords).joined(separator: " ")) != nil)
        #expect(SearchWords(Array(repeating: "a", count: SearchWords.mostWords + 1).joined(separator: " ")) == nil)
    }

    @Test("a result shows the line that has it, cut around it")
    func lines() throws {
        let words = try #require(SearchWords("needle"))
        #expect(words.line(of: ["first\nthe needle here\nlast"]) == "the needle here")
        #expect(words.line(of: ["nothing", "a needle"]) == "a needle")
        let far = words.line(of: [
            String(repeating: "hay ", count: 1000) + "NEEDLE" + String(repeating: " hay", count: 1000)
        ])
        #expect(far.contains("NEEDLE") && far.count < 250 && far.hasPrefix("…") && far.hasSuffix("…"))
    }

    @Test("an index gets the words as they are searched for")
    func index() {
        #expect(["plain", "text"].indexText == "plain\ntext")
        #expect(["Ünï-CODE", "भाषा"].indexText == "uni code भष")
        #expect(["a东京b"].indexText == "a 东 京 b")
    }
}
