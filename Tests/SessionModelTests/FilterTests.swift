import SessionModel
import Testing

@Suite("The filter language")
struct FilterTests {
    @Test("a filter has a hundred terms at most, and the error says where they are too many")
    func terms() throws {
        let most = Array(repeating: "a", count: SessionFilter.mostTerms).joined(separator: " ")
        #expect(try SessionFilter(parsing: most).terms.count == SessionFilter.mostTerms)
        let error = #expect(throws: FilterError.self) { try SessionFilter(parsing: most + " b") }
        #expect(error?.position == most.count + 1)
    }

    @Test(
        "terms are parsed into what they ask for",
        arguments: [
            ("Ann", .word("ann")), ("-Ann", .word("ann")), ("\"a b\"", .word("a b")), ("error", .hasTrouble),
            ("TROUBLE", .hasTrouble), ("paused", .isPaused), ("kind:Temp", .text(.kind, prefix: "temp")),
            ("Agent:x", .text(.agent, prefix: "x")), ("messages>=2.5", .number(.messages, .atLeast, 2.5)),
            ("age<5m", .number(.age, .less, 300)), ("idle=1d", .number(.idle, .equal, 86_400)),
            ("seq:4", .number(.seq, .equal, 4)), ("state.a.b>=2", .state(["a", "b"], .atLeast, "2")),
            ("state.note:Hi", .state(["note"], .equal, "Hi")),
        ] as [(String, SessionFilter.Condition)]
    )
    func terms(text: String, condition: SessionFilter.Condition) throws {
        let terms = try SessionFilter(parsing: text).terms
        #expect(terms.map(\.condition) == [condition])
        #expect(terms.map(\.isNegated) == [text.hasPrefix("-")])
    }

    @Test(
        "a sign counts also where a mark, a joiner or a selector follows it",
        arguments: ["\u{301}a", "\u{344}", "\u{200D}x", "\u{FE0F}x", "\u{1F3FB}x", "\u{903}x"]
    )
    func marks(id: String) throws {
        for text in ["session:\(id)", "session:\"\(id)\"", "\"session:\(id)\""] {
            let conditions = try SessionFilter(parsing: text).terms.map(\.condition)
            #expect(conditions == [.text(.session, prefix: id.lowercased())])
        }
        #expect(try SessionFilter(parsing: "\"\(id)\"").terms.map(\.condition) == [.word(id.lowercased())])
        let negated = try SessionFilter(parsing: "-\(id)").terms
        #expect(negated.map(\.condition) == [.word(id.lowercased())] && negated.map(\.isNegated) == [true])
    }

    @Test(
        "a wrong filter says where",
        arguments: [("abc moon:full", 4), ("messages>many", 0), ("age<", 0), ("  agent<x", 2), ("a \"b c\" kind:", 8)]
    )
    func refusal(text: String, position: Int) {
        let error = #expect(throws: FilterError.self) { try SessionFilter(parsing: text) }
        #expect(error?.position == position)
    }
}
