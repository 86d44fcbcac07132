import Testing

@testable import Inspector

@Suite("Settings of the interface")
struct SettingsTests {
    private func read(_ text: String) -> InterfaceSettings { InterfaceSettings(parsing: text, named: "config.yaml") }

    @Test("everything that can be set is read")
    func everything() {
        let settings = read(
            """
            # Mine.
            theme: gruvbox
            profile: shop
            profiles:
              shop:
                address: ws://10.0.0.7:3000
                token_variable: SHOP_TOKEN
                token_file: ~/.shop-token
                ca: "~/ca.pem"
                read_only: true
                theme: mono
              "other one": {}
            keys:
              quit: [Ctrl-Q, F10]
              time.back: Left
              copy: y
              select: "*"
            """
        )
        #expect(settings.problems.isEmpty, "\(settings.problems)")
        #expect(settings.theme == "gruvbox")
        #expect(settings.profile == "shop")
        #expect(settings.keys == ["quit": ["Ctrl-Q", "F10"], "time.back": ["Left"], "copy": ["y"], "select": ["*"]])
        var shop = InterfaceSettings.Profile()
        shop.address = "ws://10.0.0.7:3000"
        shop.tokenVariable = "SHOP_TOKEN"
        shop.tokenFile = "~/.shop-token"
        shop.authority = "~/ca.pem"
        shop.isReadOnly = true
        shop.theme = "mono"
        #expect(settings.profiles == ["shop": shop, "other one": InterfaceSettings.Profile()])
    }

    @Test(
        "a file with nothing in it sets nothing",
        arguments: ["", "\n", "# nothing", "---\n", "\u{FEFF}", "keys:\nprofiles:\n"]
    )
    func empty(text: String) {
        #expect(read(text) == InterfaceSettings(), "\(read(text).problems)")
    }

    @Test(
        "what is wrong is named with its line, and the rest is read",
        arguments: [
            ("theme: mono\nfoo: 1", "line 2: there is no setting 'foo'"),
            ("theme: [a]", "line 1: 'theme' must be a text"),
            ("theme:", "line 1: 'theme' must be a text"), ("keys: x", "line 1: 'keys' must be a table"),
            ("keys:\n  help: {a: b}", "line 2: the keys of 'help'"),
            ("keys:\n  help: [a, [b]]", "line 2: the keys of 'help'"),
            ("profiles:\n  shop: ws://x", "line 2: 'shop' must be a table"),
            ("profiles:\n  shop:\n    read_only: perhaps", "line 3: 'read_only' must be true or false"),
            ("profiles:\n  shop:\n    token: x", "line 3: a profile has no 'token'"),
            ("theme: 'mono", "line"), ("theme = \"mono\"", "a table is expected"), ("a: b: c", "line 1"),
            ("theme: mono\n---\ntheme: x", ""), ("? [a]\n: b", "a name must be a text"), ("theme: \"\\uD800\"", ""),
        ]
    )
    func wrong(text: String, part: String) {
        let problems = read(text).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("config.yaml, ") == true)
        #expect(problems.first?.contains(part) == true, "\(problems)")
    }

    @Test("half of a profile that is wrong is not taken; what stands beside it is")
    func half() {
        let settings = read(
            "theme: mono\nprofiles:\n  b: {adress: y}\n  a: {address: x}\n  c: z\nkeys:\n  quit: {}\n  help: F1\n"
        )
        #expect(settings.theme == "mono")
        #expect(Array(settings.profiles.keys) == ["a"])
        #expect(settings.keys == ["help": ["F1"]])
        #expect(settings.problems.map { $0.prefix(20) } == [3, 5, 7].map { "config.yaml, line \($0):" })
    }

    @Test("no text ends the reader: it is refused, in a time that its size bounds")
    func hostile() {
        let bomb = "a: &a [x, x]\n" + (1...30).map { "b\($0): &b\($0) [*b\($0 - 1), *b\($0 - 1)]\n" }.joined()
        for text in [
            String(repeating: "[", count: 500_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 300_000), String(repeating: "? ", count: 300_000),
            (0..<900).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            String(repeating: "x", count: (1 << 20) + 1), bomb, "a: \u{0}", "\u{FFFE}", "!!binary x",
            "%TAG ! x\n---\na: !b c",
            String(repeating: "a: b\n", count: 100_000), "a: !<!> x", "<<: {a: b}", "a: \u{2028}b", "\t- a",
        ] {
            let settings = read(text)
            #expect(settings.theme == nil)
            #expect(!settings.problems.isEmpty, "\(text.prefix(40))")
        }
    }

    @Test("aliases are refused, and a text with a star in quotes is none")
    func aliases() {
        for text in ["theme: *a", "keys: [*a]", "keys: {*a : b}", "keys:\n  - *a", "? *a\n: b"] {
            #expect(read(text).problems.first?.contains("aliases are not used here") == true, "\(text)")
        }
        for text in ["theme: '*'", "theme: \"*a\"", "theme: a*b", "theme: 2 * 3"] {
            #expect(read(text).problems.isEmpty, "\(text)")
        }
    }

    @Test("the settings of before are not read, and how to write them anew is said")
    func conversion() {
        let sentence = InterfaceSettings.conversion(from: "config.toml", to: "config.yaml")
        for part in ["config.toml is no longer read", "config.yaml", "'theme: mono'", "'keys:'", "'profiles:'"] {
            #expect(sentence.contains(part))
        }
    }
}
