import Foundation
import Inspection
import InspectionServer
import SessionModel
import Testing

@Suite("What is hidden", .timeLimit(.minutes(15)))
struct RedactionTests {
    @Test(
        "what looks like a credential is a secret, and counters of tokens are not",
        arguments: [
            ("Authorization", true), ("x-api-key", true), ("api_key", true), ("apiKey", true), ("Set-Cookie", true),
            ("refresh_token", true), ("clientSecret", true), ("password", true), ("tokens", false),
            ("input_tokens", false),
            ("keyboard", false), ("author", false), ("passwords", true), ("password1", true), ("password_hash", true),
            ("passphrase", true), ("pwd", true), ("secret_key", true), ("aws_secret_access_key", true),
            ("token_value", true), ("apiKeys", true), ("api_key_2", true), ("APIKey", true), ("x-Auth-Token", true),
            ("userPasswd", true), ("accesstoken", true), ("clientSecretV2", true), ("private_key", true),
            ("credentials", true), ("auth", true), ("DB_PASS", true), ("sessionCookies", true), ("cookie", true),
            ("Proxy-Authorization", true), ("bearer", true), ("ssh-private-key", true), ("otp", true), ("creds", true),
            ("session_key", true), ("adminpwd", true), ("csrf", true), ("ssh_key", true),
            ("max_tokens", false), ("token_count", false), ("tokenizer", false), ("secretary", false),
            ("passenger", false), ("boarding_pass_count", false), ("author_id", false), ("keys", false), ("key", false),
            ("monkey", false), ("primary_key", false), ("pinned", false), ("spinner", false), ("cookbook", false),
        ]
    )
    func secrets(key: String, isSecret: Bool) { #expect(Redaction().isSecret(key) == isSecret) }

    @Test("secrets are taken out wherever they are, also of patches")
    func redaction() {
        let json: JSON = [
            "headers": ["Cookie": "a", "x": "b"], "list": [["password": ["deep": 1]]], "token": nil,
            "patch": [
                ["op": "add", "path": "/a/api_key/0", "value": "s"], ["op": "add", "path": "/b", "value": "v"],
            ],
        ]
        #expect(
            Redaction().redacted(json) == [
                "headers": ["Cookie": "‹redacted›", "x": "b"], "list": [["password": "‹redacted›"]], "token": nil,
                "patch": [
                    ["op": "add", "path": "/a/api_key/0", "value": "‹redacted›"],
                    ["op": "add", "path": "/b", "value": "v"],
                ],
            ]
        )
    }

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
            ("1 + 2 = 3", "1 + 2 = 3"), ("order 100-200-3000", "order 100-200-3000"),
            ("4111 1111 1111 1111 12/27", "‹card 1111› 12/27"), ("4111111111111111 123", "‹card 1111› 123"),
            ("paid 4111-1111-1111-1111 (2 times)", "paid ‹card 1111› (2 times)"),
            ("4111 1111 1111 1111. 12 items", "‹card 1111›. 12 items"),
            ("2 4111 1111 1111 1111", "2 ‹card 1111›"), ("4111.1111.1111.1111", "‹card 1111›"),
            ("4111 1111 1111 1111 5500 0000 0000 0004", "‹card 1111› ‹card 0004›"),
            ("4111\u{A0}1111\u{A0}1111\u{A0}1111", "‹card 1111›"),
            ("+12125550187 4111111111111111", "‹phone› ‹card 1111›"),
            ("0171 1234567 4111 1111 1111 1111", "‹phone› ‹card 1111›"),
            ("call +1 212 555 0187 / +44 20 7946 0958", "call ‹phone› / ‹phone›"),
            ("tel. 212 555 0187 9-17", "tel. ‹phone› 9-17"), ("+1 (212) 555-0187", "‹phone›"),
            ("bob.o'neil@example.com", "‹email›"), ("'bob@example.com'", "'‹email›'"),
            ("\"bob b\"@example.com", "‹email›"),
            ("", ""), ("+", "+"), ("()", "()"),
        ]
    )
    func masks(text: String, masked: String) {
        #expect(PersonalData.masked(text, Set(PersonalData.allCases)) == masked)
        #expect(PersonalData.masked(text, []) == text)
    }

    @Test("a pattern of several stars takes no longer than its text is long")
    func stars() {
        let redaction = Redaction(keys: ["*user*tax*id*", "*a*a*a*a*b"])
        #expect(!redaction.isSecret(String(repeating: "usertax", count: 30_000)))
        #expect(!redaction.isSecret(String(repeating: "a", count: 100_000)))
        #expect(redaction.isSecret("my_user_and_tax_id_2"))
    }

    @Test(
        "credentials are found in texts that name them",
        arguments: [
            (#"{"password":"S3"}"#, #"{"password":"‹redacted›"}"#),
            ("a=1&password=S3&b=2", "a=1&password=‹redacted›&b=2"),
            ("http://x/?token=S3#top", "http://x/?token=‹redacted›"),
            ("Authorization: Bearer S3 x", "Authorization: ‹redacted› x"),
            (#"{"nested":"{\"password\":\"S3\"}"}"#, #"{"nested":"{\"password\":\"‹redacted›\"}"}"#),
            (
                "{\"token\":\"S3\"}\n{\"secret\": {\"a\":\"S3\"}}\n{}",
                "{\"token\":\"‹redacted›\"}\n{\"secret\": ‹redacted›\n{}"
            ),
            ("at 12:30 = noon, {no json: :", "at 12:30 = noon, {no json: :"), ("token:", "token:"), ("=", "="),
        ]
    )
    func labelled(text: String, clean: String) {
        #expect(Redaction().redacted(["body": .string(text)]) == ["body": .string(clean)])
        #expect(Redaction().redacted(["text": .string(text)]) == ["text": .string(text)])
        #expect(Redaction().redacted(["level": "info", "text": .string(text)])["text"] == .string(clean))
    }

    @Test("JSON in texts in JSON takes no more stack the deeper it is, and numbers no more room the more they are")
    func depth() {
        let arrays = String(repeating: "[", count: 150)
        var text = #"{"password":"S3"}"#
        for _ in 0..<14 {
            text = arrays + JSON.string(text).text + arrays.replacing("[", with: "]")
        }
        let clean = Redaction().redacted(["body": .string(text)])
        #expect(clean["body"]?.string?.contains("S3") == false)
        let digits = String(repeating: "1 ", count: 20_000)
        #expect(PersonalData.masked(digits, [.card, .phone]) == digits)
    }

    @Test("a body that is no text is hidden whole when a secret is in it")
    func bytes() {
        func body(_ text: String) -> JSON {
            [
                "body": .string(Data(text.unicodeScalars.map { UInt8($0.value) }).base64EncodedString()),
                "encoding": "base64",
            ]
        }
        let redaction = Redaction(masks: [.email])
        for text in ["M\u{FC}ller bob@example.com", "\u{FC} password=S3"] {
            #expect(redaction.redacted(body(text))["body"] == Redaction.mark)
        }
        #expect(redaction.redacted(body("M\u{FC}ller")) == body("M\u{FC}ller"))
        // A map of MessagePack, of CBOR, and of BSON.
        for map in [
            "\u{81}\u{A8}password\u{A2}S3", "\u{A1}hpasswordbS3", "\u{81}\u{A7}API_KEY\u{A2}S3",
            "\u{A1}laccess_tokenbS3",
            "\u{1E}\0\0\0\u{02}apiKey\0\u{03}\0\0\0S3\0\0\u{FF}",
        ] {
            #expect(redaction.redacted(body(map))["body"] == Redaction.mark, "\(map.debugDescription)")
        }
        #expect(redaction.redacted(body("\u{A1}dnamecann")) == body("\u{A1}dnamecann"))
    }

    @Test("what others call their members is no reason to show what is in them")
    func foreign() {
        let inner: JSON = ["id": "ann@example.com", "path": "ann@example.com", "code": 4_111_111_111_111_111]
        let clean: JSON = ["id": "‹email›", "path": "‹email›", "code": "‹card 1111›"]
        for name in ["body", "state", "fn_args", "result", "value"] {
            #expect(Redaction(masks: [.email, .card]).redacted([name: inner]) == [name: clean])
        }
        let step: JSON = ["op": "add", "path": "/ann@example.com", "value": "ann@example.com"]
        #expect(
            Redaction(masks: [.email]).redacted(["patch": [step]])
                == ["patch": [["op": "add", "path": "/ann@example.com", "value": "‹email›"]]]
        )
    }

    @Test("sessions can still be found when personal data is masked")
    func structure() {
        let json: JSON = ["session": "ann@example.com", "text": "ann@example.com", "list": ["ann@example.com"]]
        #expect(
            Redaction(masks: [.email]).redacted(json)
                == ["session": "ann@example.com", "text": "‹email›", "list": ["‹email›"]]
        )
    }

    @Test(
        "names that are written together, and some of other languages, name secrets; what only ends like them does not",
        arguments: [
            ("privatekey", true), ("secretkey", true), ("secretaccesskey", true), ("AWSSECRETACCESSKEY", true),
            ("masterKey", true), ("encryptionkey", true), ("sshkey", true),
            ("priv_key", true), ("passkey", true), ("smtppass", true), ("DBPASS", true), ("rootpw", true), ("pw", true),
            ("pin_code", true), ("pincode", true), ("psk", true), ("security_answer", true),
            ("SharedAccessSignature", true),
            ("x-functions-key", true), ("Ocp-Apim-Subscription-Key", true), ("x-key", true), ("DPoP", true),
            ("sig", true), ("client_assertion", true), ("code_verifier", true), ("sessionid", true), ("id_rsa", true),
            ("github_pat", true), ("connect.sid", true), ("mot_de_passe", true), ("Пароль", true), ("hasło", true),
            ("パスワード", true), ("비밀번호", true), ("รหัสผ่าน", true), ("mật_khẩu", true), ("SAMLResponse", true),
            ("Şifre", true), ("assertions", false), ("pattern", false), ("patient_id", false), ("accountSid", false),
            ("session_id", false), ("sessionId", false), ("verifier", false),
            ("PHPSESSID", true), ("Passwort", true), ("contraseña", true), ("пароль", true), ("密码", true),
            ("compass", false), ("bypass", false), ("monkey", false), ("turkey", false), ("keyboard", false),
            ("key", false),
            ("passenger", false), ("signature", false), ("pinboard", false), ("upwards", false),
        ]
    )
    func joined(name: String, isSecret: Bool) { #expect(Redaction().isSecret(name) == isSecret) }

    @Test("what counts tokens is shown, and tokens are not")
    func tokens() {
        let redaction = Redaction()
        let counts: JSON = ["tokens": ["input": 3, "output": 4], "input_tokens": 5, "max_tokens": 9, "token_count": 2]
        #expect(redaction.redacted(["result": counts]) == ["result": counts])
        for (name, value) in [
            ("tokens", "abc"), ("tokens", ["abc"]), ("tokens", ["ann": "abc"]), ("token", 123_456), ("apiKeys", ["a"]),
        ] as [(String, JSON)] {
            #expect(redaction.redacted(["state": [name: value]]) == ["state": [name: Redaction.mark]])
        }
        #expect(
            redaction.redacted(["state": ["password": true, "secret": nil]]) == [
                "state": ["password": true, "secret": nil]
            ]
        )
        let step: JSON = ["op": "replace", "path": "/user/token_value", "value": "S3"]
        #expect(redaction.redacted(step)["value"] == Redaction.mark)
    }

    @Test(
        "credentials are found in bodies of every kind",
        arguments: [
            "<user><name>ann</name><password>S3CRET</password></user>", "<Password type=\"plain\">S3CRET</Password>",
            "<add key=\"dbPassword\" value=\"S3CRET\"/>", "<password><![CDATA[S3CRET]]></password>",
            "user: ann\npassword: S3CRET\n", "db:\n  credentials:\n    - S3CRET\n    - S3CRET\nport: 1\n",
            "password: |\n  S3CRET\n  S3CRET\nnext: 1", "name,password,age\nann,S3CRET,3\nbob,\"S3CRET\",4\n",
            "name;api_key\r\nann;S3CRET\r\n", "p%61ssword=S3CRET&a=1", "api%5Fkey=S3CRET",
            "https://ann:S3CRET@host/x?y",
            "Authorization: Token S3CRET", "authorization: Digest username=\"a\", response=\"S3CRET\"",
            "Cookie: a=b; sid=S3CRET", "x-api-key: S3CRET", "aws_secret_access_key = S3CRET",
            "-----BEGIN RSA PRIVATE KEY-----\nS3CRET\nS3CRET\n-----END RSA PRIVATE KEY-----\n",
            "Incorrect API key provided: sk-proj-S3CRETabcdefghij. You can find it",
            "use Bearer S3CRETabcdefghijklmnop now",
            "[\"{\\\"passphrase\\\":\\\"S3CRET\\\"}\"]", "ghp_S3CRETS3CRETS3CRETS3CRETS3CRET",
            "Token S3CRETabcdefghijklmno", #"[{"name":"password","value":"S3CRET"}]"#, "{'password': 'S3CRET'}",
        ]
    )
    func everywhere(body: String) {
        let clean = Redaction().redacted(["body": .string(body)])
        #expect(clean["body"]?.string?.contains("S3CRET") == false, "\(clean)")
        #expect(Redaction().redacted(clean) == clean)
        let trouble = Redaction().redacted(["trouble": ["kind": "turn", "seq": 3, "text": .string(body)]])
        #expect(trouble["trouble"]?["text"]?.string?.contains("S3CRET") == false)
    }

    @Test(
        "credentials are found in the forms that tools write",
        arguments: [
            "<dict>\n<key>password</key>\n  <string>S3CRET</string></dict>",
            "<password><value>S3CRET</value></password>",
            "<entry key=\"password\">S3CRET</entry>", "<input value=\"S3CRET\" name=\"password\">",
            "<property name='api_key'><value>S3CRET</value></property>", "<tr><td>password</td><td>S3CRET</td></tr>",
            "<dt>Password</dt> <dd>S3CRET</dd>", "<key>token</key><string><![CDATA[S3CRET]]></string>",
            "password: !!str S3CRET", "password: &a S3CRET", "? password\n: S3CRET",
            "password: first\n  S3CRET\nnext: 1",
            "password: my long S3CRET words", "- name: password\n  value: S3CRET", "password: >-\r\n  S3CRET\r\n",
            "# exported, today\nname,password\nann,S3CRET\n", "name|password\nann|S3CRET\n",
            "name,password\rann,S3CRET\r",
            "Users:\n\n| name | password |\n|------|---------:|\n| ann | S3CRET |\n\nThat is all, and no more.",
            "a,b\n1,2\n\nname,pin\nx,S3CRET\n",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nS3CRET\n-----END PGP PRIVATE KEY BLOCK-----",
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nS3CRET\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
            "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\nS3CRET\nPrivate-MAC: ab\n",
            "machine example.com login ann password S3CRET", "machine x\n  login ann\n  password S3CRET\n",
            "password = \"\"\"\nS3CRET\"\"\"", "password=first\\\n  S3CRET", "['password' => 'S3CRET']",
            ":password => \"S3CRET\"",
            "a:1:{s:8:\"password\";s:6:\"S3CRET\";}", "CREATE USER ann IDENTIFIED BY 'S3CRET'",
            "ALTER ROLE a PASSWORD 'S3CRET'",
            "SET PASSWORD('S3CRET')", "SET PASSWORD = PASSWORD('S3CRET')", "X-Auth-Token: first\r\n S3CRET\r\nHost: a",
            "Content-Disposition: form-data; password*=utf-8''S3CRET", "pass%2577ord=S3CRET",
            "user[password]=S3CRET&a=1",
            "payload=%7B%22password%22%3A%22S3CRET%22%7D", "q=password%3DS3CRET%26a%3D1",
            "https://S3CRET@example.com/x",
            "https://hooks.slack.com/services/T0/B0/S3CRET", "https://api.telegram.org/bot1:S3CRET/send",
            "https://discord.com/api/webhooks/1/S3CRET", "curl -u ann:S3CRET https://x", "curl --user 'ann:S3CRET' x",
            "mysql --password S3CRET -h x", "tool --api-key 'S3CRET'", "name=password&value=S3CRET",
            "connection_string=S3CRET", "mfa_code: S3CRET", "recoveryCodes: [S3CRET, S3CRET]",
            "seed_phrase=S3CRET and S3CRET",
            "license_key=S3CRET", "ssn=S3CRET", "card_number=S3CRET", "X-Hub-Signature-256: sha256=S3CRET",
            "Stripe-Signature: t=1,v1=S3CRET", "export API_KEY=S3CRET", "DB_PASSWORD := S3CRET", "password -> S3CRET",
            "https://a.blob.example/x?sv=1&sig=S3CRET", "password : : S3CRET", "password:::S3CRET",
            "a: :\npassword: S3CRET",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Transfer-Encoding: base64\r\n\r\nS3CRET",
            "Content-Disposition: form-data; name=\"password\"\r\n\r\nS3CRET\r\nS3CRET\r\n--b--\r\n",
            "Password:\nS3CRET\nbye", "password%3DS3CRET", "curl --user=bob:S3CRET x",
            "$config['password'] = 'S3CRET';", "\"password\" : `S3CRET`",
        ]
    )
    func tools(body: String) {
        let clean = Redaction().redacted(["body": .string(body)])
        #expect(clean["body"]?.string?.contains("S3CRET") == false, "\(clean)")
        #expect(Redaction().redacted(clean) == clean)
    }

    @Test(
        "values are hidden that JSON names elsewhere than in their own member",
        arguments: [
            #"[["Authorization","S3CRET"],["Host","x"]]"#, #"{"Key":"Authorization","Value":"S3CRET"}"#,
            #"{"header":"Cookie","val":"S3CRET"}"#, #"{"k":"api_key","v":"S3CRET"}"#,
            #"{"rawHeaders":["Host","x","Authorization","S3CRET"]}"#, #"{"kty":"oct","k":"S3CRET"}"#,
            #"{"kty":"RSA","n":"1","d":"S3CRET","p":"S3CRET","q":"S3CRET","dp":"S3CRET"}"#,
            #"{"columns":["user","password"],"rows":[["ann","S3CRET"],["bob","S3CRET"]]}"#,
            #"{"fields":[{"name":"user"},{"name":"pin"}],"records":[["ann","S3CRET"]]}"#,
            #"[["user","age","password"],["ann",3,"S3CRET"]]"#, #"[["user","password"],["ann","S3CRET"]]"#,
            #"{"attribute":"token","values":["S3CRET"]}"#, #"{"title":"Password","value":"S3CRET"}"#,
            #"{"id":"password","value":"S3CRET"}"#, #"["mysqld","--password","S3CRET"]"#,
            #"["curl","-u","bob:S3CRET","https://x"]"#, #"{"password=S3CRET":""}"#, #"{"ｐassword":"S3CRET"}"#,
            #"{"pass\u00ADword":"S3CRET","pa\u0301ssword":"S3CRET","pаssword":"S3CRET","𝐩assword":"S3CRET"}"#,
        ]
    )
    func named(body: String) throws {
        for clean in [
            Redaction().redacted(["body": .string(body)]), Redaction().redacted(["state": try JSON(parsing: body)]),
        ] {
            #expect(!clean.text.contains("S3CRET"), "\(clean)")
            #expect(Redaction().redacted(clean) == clean)
        }
    }

    @Test(
        "what JSON names harmlessly stays as it is",
        arguments: [
            #"["ann","bob"]"#, #"{"key":"name","value":"ann"}"#, #"{"columns":["user"],"rows":[["ann"]]}"#,
            #"{"k":"v"}"#,
            #"[["user","age"],["ann",3]]"#, #"{"d":1,"p":2}"#, #"{"required":["password"]}"#,
            #"{"headers":["Host","x"]}"#,
            #"{"columns":["password"],"rows":3}"#, #"["a","--verbose","b"]"#, #"["curl","-u","ann"]"#,
            #"{"a=b":"c","x:y":1}"#, #"[[],[]]"#, #"[[1,2],[3,4]]"#,
        ]
    )
    func namedHarmlessly(body: String) throws {
        let state: JSON = ["state": try JSON(parsing: body)]
        #expect(Redaction().redacted(state) == state)
    }

    @Test(
        "what names no credential stays as it is",
        arguments: [
            "<p>Hello</p>", "<td>name</td><td>ann</td>", "| a | b |\n|---|---|\n| 1 | 2 |", "git@x, https://git@x/y",
            "IDENTIFIED BY x", "curl -u ann https://x", "a --verbose b", "He asked: (\"why\") and left", "100%22 %",
            "<a href=\"x\">y</a>", "Password:\nName: ann",
            "Content-Disposition: form-data; name=\"age\"\r\n\r\n3\r\n--b--\r\n",
            "name,age\nann,3\n", "https://host:8080/a@b", "a: b\nc:\n  - d\n",
            "at 12:30 we met, and then",
            "total_tokens=12 max_tokens: 4", "the skeleton sk-1 eyJ and SG. are short", "mailto:ann@example.com",
            "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        ]
    )
    func harmless(body: String) { #expect(Redaction().redacted(["body": .string(body)]) == ["body": .string(body)]) }

    @Test("names of one's own to hide are not the protocol's members")
    func ownNames() {
        let redaction = Redaction(keys: ["name", "session", "id", "status", "*x*"])
        let row: JSON = ["session": "ann", "id": "ex_1", "status": "awake", "name": "echo", "exchanges": []]
        #expect(redaction.redacted(row) == row)
        #expect(redaction.redacted(["state": ["name": "Ann"]]) == ["state": ["name": Redaction.mark]])
        #expect(redaction.redacted(["before": ["name": "Ann"]]) == ["before": ["name": Redaction.mark]])
    }

    @Test("the keys of an address are hidden in a query, and nowhere else")
    func queries() {
        let exchange: JSON = ["query": ["key": "S3", "code": "S3", "subscription-key": "S3", "page": "2"]]
        #expect(
            Redaction().redacted(exchange) == [
                "query": [
                    "key": Redaction.mark, "code": Redaction.mark, "subscription-key": Redaction.mark, "page": "2",
                ]
            ]
        )
        #expect(Redaction().redacted(["state": ["key": "a", "code": "b"]]) == ["state": ["key": "a", "code": "b"]])
    }

    @Test(
        "texts without an end of line, and long gaps, take time in proportion to their length",
        arguments: [" name=\"pin\"", " ", ": ", "=", ";name=\"pin\" a: ", "password:\n"]
    )
    func longGaps(piece: String) {
        let body = JSON.string("a:" + String(repeating: piece, count: 200_000 / piece.utf8.count))
        #expect(Redaction().redacted(["body": body])["body"] != nil)
    }

    @Test("redaction for a client that has left is cancelled")
    func cancelled() async {
        let body = JSON.string(String(repeating: "password=x ", count: 200_000))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return Redaction().redacted(["body": body])
        }
        task.cancel()
        #expect(await task.value == ["body": Redaction.mark])
    }

    @Test("UTF-16 with a secret in it is hidden whole", arguments: [true, false])
    func utf16(hasMark: Bool) {
        func body(_ text: String) -> JSON {
            var data = hasMark ? Data([0xFF, 0xFE]) : Data()
            for unit in text.utf16 { data.append(contentsOf: [UInt8(unit & 0xFF), UInt8(unit >> 8)]) }
            return ["body": .string(data.base64EncodedString()), "encoding": "base64"]
        }
        #expect(Redaction().redacted(body("password: S3CRET"))["body"] == Redaction.mark)
        #expect(Redaction().redacted(body("nothing here")) == body("nothing here"))
    }

    @Test("a text that grows shows nothing that a mask will hide when it is whole")
    func growing() {
        let redaction = Redaction(masks: Set(PersonalData.allCases))
        let text = "write to ann@example.com or call +49 30 1234567, card 4111 1111 1111 1111 please. "
        let clean = PersonalData.masked(text, redaction.masks)
        for end in text.indices {
            let shown = PersonalData.masked(redaction.settled(String(text[..<end])), redaction.masks)
            #expect(clean.hasPrefix(shown.trimmingCharacters(in: .whitespaces)), "\(shown)")
        }
        #expect(Redaction().settled(text) == text)
        #expect(redaction.settled("hello wor") == "hello")
    }
}
