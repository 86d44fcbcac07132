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
            // Another key that begins or ends as the known one does.
            ("no: plain-key-ABCDEF_99, plain", "no: ‹redacted›, plain"), ("zz.9-0123456789!", "‹redacted›!"),
            ("\"id=plain-key-\"", "\"id=‹redacted›\""),
        ]
    )
    func known(text: String, clean: String) {
        #expect(Credentials.removed(from: text, knowing: ["plain-key-0123456789", "tiny"]) == clean)
    }
}
