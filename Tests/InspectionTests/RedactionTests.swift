import Inspection
import SessionModel
import Testing

@Suite("What is hidden", .timeLimit(.minutes(1)))
struct RedactionTests {
    @Test(
        "keys of one's own are names, with any text where a star is",
        arguments: [
            ("iban", true), ("IBAN", true), ("user_pin", true), ("pin", true), ("pinned", false), ("card-no-1", true),
            ("card", false), ("", false),
        ]
    )
    func keys(key: String, isSecret: Bool) {
        #expect(Redaction(keys: ["iban", "*pin", "card*no*"]).isSecret(key) == isSecret)
    }

    @Test(
        "personal data is found in texts, and what only looks like it is not",
        arguments: [
            ("write to ann.lee+x@mail.example.com, please", "write to ‹email›, please"),
            ("a@b, @c.d, e@", "a@b, @c.d, e@"),
            ("ann@example.com.", "‹email›."), ("4111 1111 1111 1111 expires 12/27", "‹card 1111› expires 12/27"),
            ("4111-1111-1111-1112", "4111-1111-1111-1112"), ("call +49 30 1234567 now", "call ‹phone› now"),
            ("(555) 123-4567", "‹phone›"), ("030 1234567", "‹phone›"),
            ("order 1042 of 2026-11-21 at 12:30", "order 1042 of 2026-11-21 at 12:30"),
            ("msg_01J5ZK4111111111111111", "msg_01J5ZK4111111111111111"), ("0.123456789", "0.123456789"),
            ("1 + 2 = 3", "1 + 2 = 3"),
            ("", ""), ("+", "+"), ("()", "()"),
        ]
    )
    func masks(text: String, masked: String) {
        #expect(PersonalData.masked(text, Set(PersonalData.allCases)) == masked)
        #expect(PersonalData.masked(text, []) == text)
    }

    @Test("sessions can still be found when personal data is masked")
    func structure() {
        let json: JSON = ["session": "ann@example.com", "text": "ann@example.com", "list": ["ann@example.com"]]
        #expect(
            Redaction(masks: [.email]).redacted(json)
                == ["session": "ann@example.com", "text": "‹email›", "list": ["‹email›"]]
        )
    }
}
