internal import FoundationEssentials
internal import SessionModel

/// Tells by a member's, a field's or a header's name whether its value is a credential. What counts are the words in the
/// name: `passwordHash`, `aws_secret_access_key` and `X-Api-Key-2` are names of secrets, `secretary` is not.
enum SecretName {
    enum Verdict: Sendable, Hashable {
        case harmless
        /// Its value is secret, whatever it is.
        case secret
        /// Its value is secret unless it is a number: `tokens` are also what models count.
        case secretText
    }

    /// Words that make a name that of a secret, also where they stand within another word.
    private static let stems = [
        "password", "passwd", "passphrase", "apikey", "accesskey", "secretkey", "credential", "authorization",
    ].map {
        Array($0.utf8)
    }
    private static let words: Set<ExactString> = [
        "secret", "secrets", "token", "pwd", "passcode", "pem", "cookie", "cookies", "bearer", "jwt", "pass", "auth",
        "otp",
        "totp", "mfa", "psk", "pw", "pincode", "phpsessid", "jsessionid", "kubeconfig", "dockerconfigjson", "passwort",
        "contraseña", "senha", "wachtwoord", "пароль", "密码", "pin", "cvv", "cvc", "cred", "creds", "csrf", "xsrf",
        "dsn", "salt", "ssn", "mnemonic", "sessionid", "contrasena", "kennwort", "geheimnis", "motdepasse",
        "passe",
        "clave", "hasło", "haslo", "heslo", "jelszó", "parola", "lösenord", "losenord", "passord", "adgangskode",
        "salasana", "şifre", "sifre", "κωδικός", "密碼", "口令", "パスワード", "비밀번호", "סיסמה", "पासवर्ड", "รหัสผ่าน",
    ]
    /// Names that are those of secrets when they are whole, and say little within another one.
    private static let wholeNames: Set<ExactString> = ["sig", "hmac", "assertion", "pat", "sid", "dpop"]
    /// Elements of ``words`` that count only as the last word of a name.
    private static let lastWords: Set<ExactString> = ["auth", "pass", "pin", "otp"]
    /// Words before `key` or `keys` with which it is a secret one.
    private static let keyWords: Set<ExactString> = [
        "api", "access", "secret", "private", "signing", "encryption", "master", "auth", "account", "app", "shared",
        "session", "functions", "function", "subscription",
        "ssh", "hmac", "host", "deploy",
    ]
    /// Words that make `token` a count: its value is then secret only if it is a text.
    private static let countWords: Set<ExactString> = [
        "count", "counts", "limit", "usage", "used", "total", "max", "min", "budget", "per", "length",
    ]
    /// Pairs of words that are a secret's name together.
    private static let pairs: [(String, Set<ExactString>)] = [
        ("connection", ["string", "uri", "url"]), ("recovery", ["code", "codes", "phrase"]),
        ("backup", ["code", "codes"]), ("seed", ["phrase"]), ("license", ["key", "code"]),
        ("security", ["code", "answer"]), ("pin", ["code"]), ("pass", ["code"]), ("login", ["key"]),
        ("access", ["signature"]), ("priv", ["key"]),
        ("verification", ["code"]), ("card", ["number"]), ("social", ["security"]),
        ("client", ["assertion"]), ("saml", ["response", "assertion"]), ("code", ["verifier"]), ("connect", ["sid"]),
        ("x", ["key"]), ("id", ["rsa", "dsa", "ecdsa", "ed"]), ("github", ["pat"]), ("gitlab", ["pat"]),
        ("gh", ["pat"]),
        ("devops", ["pat"]), ("mật", ["khẩu"]), ("kata", ["sandi"]), ("كلمة", ["المرور", "السر"]),
        ("secret", ["access"]), ("stripe", ["sk"]), ("live", ["sk"]), ("test", ["sk"]),
    ]
    /// Words of a header with which webhooks are signed, which is enough to send one again: `X-Hub-Signature-256`.
    private static let signatures: Set<ExactString> = ["signature", "hmac", "sig"]
    /// Ends of words that are written together, such as `accesstoken`.
    private static let endings = ["token", "secret", "cookie", "pwd"].map { Array($0.utf8) }

    /// Word endings that mean a secret, and the words with such an ending that do not.
    private static let passEndings = (
        ends: ["pass", "pw"].map { Array($0.utf8) },
        others: Set<ExactString>(["bypass", "compass", "encompass", "overpass", "surpass", "trespass", "underpass"])
    )
    /// Words before `key` with which it is a secret one where they are written together, beside ``keyWords``.
    private static let joinedKeyWords: Set<ExactString> = ["priv", "pass"]

    /// Whether the most telling parts of secrets' names stand anywhere in bytes that are no text.
    static func occurs(in bytes: Data) -> Bool {
        let joined = bytes.lazy.filter { !"_-".utf8.contains($0) }
        let small = Array(joined.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
        return (stems + endings).contains { small.firstRange(of: $0) != nil }
    }

    /// Bytes of a name that are examined; real names are shorter.
    private static let longest = 4096

    static func verdict(on name: String) -> Verdict {
        let words = words(in: asItReads(name))
        let plain = words.flatMap { $0 }
        if wholeNames.contains(ExactString(String(decoding: plain, as: UTF8.self))) { return .secret }
        if stems.contains(where: { holds(plain, $0) }) { return .secret }
        var isText = false
        for (index, word) in words.enumerated() {
            let text = ExactString(String(decoding: word, as: UTF8.self))
            let isLast = words[(index + 1)...].allSatisfy { $0.allSatisfy { (0x30...0x39).contains($0) } }
            if self.words.contains(text), !lastWords.contains(text) || isLast {
                if text != "token"
                    || !words.contains(where: { countWords.contains(ExactString(String(decoding: $0, as: UTF8.self))) })
                {
                    return .secret
                }
                isText = true
            }
            if text == "tokens" { isText = true }
            if index > 0, pairs.contains(where: { words[index - 1].elementsEqual($0.0.utf8) && $0.1.contains(text) }) {
                return .secret
            }
            if signatures.contains(text), words.count > 1, name.utf8.contains(UInt8(ascii: "-")) { return .secret }
            if text == "key" || text == "keys", index > 0,
                keyWords.contains(ExactString(String(decoding: words[index - 1], as: UTF8.self)))
            {
                return .secret
            }
            if endings.contains(where: { word.count > $0.count && word.suffix($0.count).elementsEqual($0) }) {
                return .secret
            }
            if passEndings.ends.contains(where: { word.count > $0.count && word.suffix($0.count).elementsEqual($0) }),
                !passEndings.others.contains(text)
            {
                return .secret
            }
            if word.count > 3, word.suffix(3).elementsEqual("key".utf8) {
                let kind = ExactString(String(decoding: word.dropLast(3), as: UTF8.self))
                if keyWords.contains(kind) || joinedKeyWords.contains(kind) { return .secret }
            }
            if word.count > 6, word.suffix(6).elementsEqual("tokens".utf8) { isText = true }
        }
        return isText ? .secretText : .harmless
    }

    /// Letters of other alphabets that look like one of ASCII.
    private static let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = [
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "і": "i", "ѕ": "s", "ԁ": "d", "ı": "i",
        "ο": "o",
        "α": "a", "ρ": "p", "ν": "v", "ѡ": "w", "ɡ": "g", "ⅼ": "l",
    ]

    /// The name as it reads: without what is not seen and without accents that stand alone, wide and mathematical letters as
    /// plain ones, capital letters of other alphabets than ASCII's made small.
    private static func asItReads(_ name: String) -> String {
        guard name.utf8.prefix(longest).contains(where: { $0 >= 0x80 }) else { return name }
        let isLatin = name.unicodeScalars.prefix(longest).contains { $0.isASCII && $0.properties.isAlphabetic }
        return name.unicodeScalars.prefix(longest).reduce(into: "") { text, scalar in
            switch scalar.value {
            case 0..<0x80: text.unicodeScalars.append(scalar)
            case 0xFF01...0xFF5E: text.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value - 0xFEE0)))
            case 0x1D400...0x1D6A3:
                let place = UInt8((scalar.value - 0x1D400) % 52)
                text.unicodeScalars.append(Unicode.Scalar(place < 26 ? 0x41 + place : 0x61 + place - 26))
            case _ where scalar.properties.isDefaultIgnorableCodePoint: break
            // In a word of Latin letters: in others they are a part of it.
            case _ where isLatin && scalar.properties.generalCategory == .nonspacingMark: break
            case _ where isLatin && lookAlikes[scalar] != nil: text.unicodeScalars.append(lookAlikes[scalar] ?? scalar)
            default: text += scalar.properties.lowercaseMapping
            }
        }
    }

    /// The words of a name in lower case: they end at a sign, a digit, or before a capital letter.
    private static func words(in name: String) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var wasLower = false
        var wasUpper = false
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        for byte in name.utf8.prefix(longest) {
            let isUpper = (0x41...0x5A).contains(byte)
            let isLower = (0x61...0x7A).contains(byte) || byte >= 0x80
            if isUpper, wasLower, !word.isEmpty {
                words.append(word)
                word = []
            } else if isLower, wasUpper, word.count > 1 {
                // The last capital of a row begins a word: `APIKey`.
                let first = word.removeLast()
                words.append(word)
                word = [first]
            } else if let last = word.last, isDigit(byte) != isDigit(last) {
                words.append(word)
                word = []
            }
            if isUpper || isLower || isDigit(byte) {
                word.append(isUpper ? byte | 0x20 : byte)
            } else if !word.isEmpty {
                words.append(word)
                word = []
            }
            (wasLower, wasUpper) = (isLower, isUpper)
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    private static func holds(_ bytes: [UInt8], _ stem: [UInt8]) -> Bool {
        var place = 0
        while let next = bytes[place...].firstIndex(of: stem[0]) {
            if bytes[next...].starts(with: stem) { return true }
            place = next + 1
        }
        return false
    }
}
