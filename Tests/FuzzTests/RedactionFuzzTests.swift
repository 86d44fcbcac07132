import InspectionServer
import SessionModel
import TestSupport
import Testing

/// Texts made of what redaction looks for, in any order: it must answer.
@Suite("Redaction of random texts", .timeLimit(.minutes(60)))
struct RedactionFuzzTests {
    private static let pieces = [
        "<password>", "</password>", "<password", "<a ", ">", "/>", "<![CDATA[", "]]>", "<!--", "-->", "</", "<", "<?",
        "?>", "<!DOCTYPE a [", " password=\"", "\"", "'", "=", ":", " ", "\n", "\r\n", "\t", "{", "}", "[", "]", ",",
        "\\", "\\\"", "\\\\\"", "\\u0077", "\\x77", "%70", "%3D", "%26", "%", "%2", "&", "&amp;", "&#119;", "&#x",
        "&quot;", ";", "password", "Password", "token", "name", "value", "\"name\":\"password\"", "\"value\":", "key",
        "<key>password</key>", "<string>", "</string>", "<dict>", "</dict>", "<array>", "</array>",
        "<param name=\"password\">", "</param>", "user,password\n", "a,b\n", "|user|password|\n", "|---|---|\n",
        "|a|b|\n", "user;password\n", "---\n", "- ", "? ", "|", ">", "|-", "!", "&a ", "*a", "#", "# ",
        "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", "PuTTY-User-Key-File-2: ", "Private-Lines: 1\n", "Private-MAC:",
        "machine a ", "login b ", "password c", "default ", "IDENTIFIED BY ", "curl ", "-u ", "-ubob:c", "--password ",
        "--user ", "-H ", "s:8:\"password\";", "s:5:\"hello\";", "a:1:{", "i:0;", "s:99999999999:\"", "s:-1:\"",
        "O:1:\"a\":", "https://", "u:p@", "@", "h/", "//", "?", "access_token=", "#", "Bearer ",
        "aaaaaaaaaaaaaaaaaaaaaaaa", "Basic ", "Authorization: ", "Cookie: ", "sk-", "ghp_", "AKIA", "eyJ", ".",
        "https://hooks.slack.com/services/T0/B0/x", "bot123456:AA", "--BB\r\n",
        "Content-Disposition: form-data; name=\"password\"\r\n\r\n", "filename=\"a\"", "--BB--", "\u{200B}", "\u{301}",
        "\u{212A}", "\u{1F600}", "\u{E9}", "\u{0}", "\u{1B}[0m", "\u{FEFF}", "\u{2039}redacted\u{203A}", "\u{2028}",
        "1", "5", "0", "4111 1111 1111 1111", "+49 170 1234567", "a@b.de", "a", "b", "c", "x", "null", "true", "-", "_",
        "(", ")", "+", "$", "`", "\"\"\"", "'''", "=>", "->", "::", ":=",
    ]

    @Test("any text is answered")
    func random() async throws {
        var random = Seeded(Fuzzer.seed)
        let redaction = Redaction(masks: Set(PersonalData.allCases))
        for try await _ in Fuzzer.Runs() {
            let count = [2, 3, 4, 6, 10, 25, 60].randomElement(using: &random) ?? 2
            let text = (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
            let clean = redaction.redacted(["body": .string(text)])["body"]?.string
            #expect(clean != nil, "\(text)")
        }
    }

    @Test(
        "an end tag in which something is hidden ends nothing",
        arguments: [
            "<password><![CDATA[</password>]]>", "</token=/>", "</Authorization:a>", "</passwd=d>",
            "</login password c>",
            "Authorization:</\n>", "</passord=\"\n\">", "</Cookie:o\n>", "</--passwd a>",
        ]
    )
    func endTags(text: String) {
        #expect(Redaction().redacted(["body": .string(text)])["body"]?.string != nil)
        #expect(Redaction().redacted(["body": .string("{\"a\":\"" + text + "\"}")])["body"]?.string != nil)
    }
}
