import InspectionServer
import SessionModel
import Testing

@Suite("Forms of secrets in texts")
struct RedactionFormsTests {
    @Test(
        "a value is hidden whole, however it is written",
        arguments: [
            // What may be a tag or an anchor of YAML.
            "password: !S3CRET", "X-Api-Key: !S3CRET", "password: &S3CRET", "password: !S3CRET!", "password: !!S3CRET",
            "password: !S3CRET S3CRET", "password: !!str S3CRET", "password: !!str \"S3CRET\"",
            "password: !a |\n  S3CRET",
            "{\"log\":\"password: !S3CRET\"}",
            // Quotes that stand twice.
            "password: 'it''sS3CRET'", "user,password\nann,\"it\"\"S3CRET\"", "IDENTIFIED BY 'it''S3CRET'",
            "password='a''S3CRET'",
            // Blocks of YAML with empty lines.
            "password: |\n  line\n\n  S3CRET\nname: x", "password: |\n\n  S3CRET\n",
            "password: >-\r\n  a\r\n\r\n  S3CRET\r\n",
            "password:>S3CRET\n  foo: bar", "password: |S3CRET\n  x", "password: >S3CRET\n  x",
            // Sections and comments in XML.
            "<password>ab<![CDATA[cd]]>S3CRET</password>", "<password><![CDATA[a]b]]>S3CRET</password>",
            "<password><![CDATA[</password>]]>S3CRET</password>", "<password>a<!-- </password> -->S3CRET</password>",
            "<password><!-- x -->S3CRET</password>",
            // Options of curl that stand together.
            "curl -su ann:S3CRET https://x", "curl -sSLu ann:S3CRET https://x",
            // More than one space.
            "Bearer  S3CRETS3CRETS3CRETS3CRET", "see Bearer\tS3CRETS3CRETS3CRETS3CRET",
        ]
    )
    func forms(text: String) {
        let clean = Redaction().redacted(["body": .string(text)])
        #expect(clean["body"]?.string?.contains("S3CRET") == false, "\(clean)")
        #expect(Redaction().redacted(clean) == clean)
    }

    @Test(
        "what stands behind a secret's value is shown",
        arguments: [
            ("password: |\n  a\n\n  b\nname: Ann", "name: Ann"), ("password: ''\nname: 'Ann'", "name: 'Ann'"),
            ("<a><password>x</password><name>Ann</name></a>", "<name>Ann</name>"),
            ("<a><password><![CDATA[x]]></password><name>Ann</name></a>", "<name>Ann</name>"),
            ("password: !S3CRET\nname: Ann", "name: Ann"),
        ]
    )
    func rest(text: String, shown: String) {
        let clean = Redaction().redacted(["body": .string(text)])["body"]?.string ?? ""
        #expect(clean.contains(shown), "\(clean)")
    }
}
