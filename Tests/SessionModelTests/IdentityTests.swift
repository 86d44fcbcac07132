import SessionModel
import Testing

@Suite("Identity", .timeLimit(.minutes(15)))
struct IdentityTests {
    @Test("a ULID has 26 characters and sorts by time")
    func ulid() {
        let early = ULID(time: 1, high: .max, low: .max).description
        let late = ULID(time: 2, high: 0, low: 0).description
        #expect(early.count == 26)
        #expect(early < late)
    }

    @Test(
        "a ULID is its time and its random bits, five for each character",
        arguments: [
            (1_469_922_850_259, 0xABCD, 0x0123_4567_89AB_CDEF, "01ARZ3NDEKNF6G28T5CY4TQKFF"),
            (0, .max, .max, "0000000000ZZZZZZZZZZZZZZZZ"),
            (281_474_976_710_655, 0, 1, "7ZZZZZZZZZ0000000000000001"),
        ] as [(Int64, UInt16, UInt64, String)]
    )
    func ulidText(time: Int64, high: UInt16, low: UInt64, text: String) {
        #expect(ULID(time: time, high: high, low: low).description == text)
    }

    @Test(
        "a session id has 1 to 256 bytes and no control characters",
        arguments: [
            ("", false), ("a", true), ("user/42 é", true), ("a\nb", false), ("a\u{7F}", false), ("a\u{85}", false),
        ]
    )
    func sessionID(id: String, isFine: Bool) { #expect((SessionID.problem(id) == nil) == isFine) }

    @Test("the bytes of a session id are counted, not its characters")
    func sessionIDBytes() {
        #expect(SessionID.problem(String(repeating: "é", count: 128)) == nil)
        #expect(SessionID.problem(String(repeating: "é", count: 129)) != nil)
    }

    @Test(
        "agents are named after their types",
        arguments: [
            ("SupportAgent", "support"), ("SupportDeskAgent", "support-desk"), ("Agent", "agent"), ("Echo", "echo"),
        ]
    )
    func agentID(type: String, id: String) { #expect(AgentID.from(typeName: type) == id) }

    @Test("the API's own words are no agents", arguments: ["agents", "chat", "hooks", "inspect", "Up", "a_b", ""])
    func reserved(id: String) { #expect(!AgentID.isValid(id)) }
}
