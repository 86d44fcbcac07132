import SessionModel
import Testing

@Suite("Credentials in texts", .timeLimit(.minutes(15)))
struct CredentialsTests {
    @Test(
        "a known secret is found cut short, in other letters and several times",
        arguments: [
            ("wrong key plain-key-0123456789", "wrong key ‹redacted›"),
            ("wrong key plain-key-0123", "wrong key ‹redacted›"),
            ("PLAIN-KEY-0123456789 and y-012345", "‹redacted› and ‹redacted›"),
            ("plain key 0123", "plain key 0123"), ("", ""), ("short", "short"),
        ]
    )
    func known(text: String, clean: String) {
        #expect(Credentials.removed(from: text, knowing: ["plain-key-0123456789", "tiny"]) == clean)
    }
}
