internal import Crypto
internal import FoundationEssentials
internal import SessionModel

/// How a hook verifies who sent a request: by a shared secret, or by a signature over the raw bytes. It is
/// checked before a session is chosen, in constant time; what fails is answered `401` and recorded with the reason.
public struct HookVerification: Sendable {
    /// How old, or how far ahead, a signed time may be: 5 minutes.
    static let tolerance: Int64 = 300

    /// - Throws: ``HookRefusal``.
    let check: @Sendable (_ request: HookRequest, _ now: Int64) throws(HookRefusal) -> Void

    /// Checks a request.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Throws: ``HookRefusal`` that says why it does not pass.
    package func verify(_ request: HookRequest, at now: Int64) throws(HookRefusal) { try check(request, now) }
}

// MARK: Schemes

extension HookVerification {
    /// A header that holds the secret itself, as GitLab's `X-Gitlab-Token`; a prefix `Bearer ` is ignored.
    public static func secret(header: String, secret: HookSecret) -> HookVerification {
        HookVerification { request, _ throws(HookRefusal) in
            let key = try secret.bytes()
            var sent = try Array(request.only(header).utf8)
            if sent.count > 7, String(decoding: sent.prefix(7), as: UTF8.self).lowercased() == "bearer " {
                sent.removeFirst(7)
            }
            // Compares the HMACs of both, so that the time reveals neither content nor length.
            let code = HMAC<SHA256>.authenticationCode(for: key, using: SymmetricKey(data: key))
            guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: sent, using: SymmetricKey(data: key))
            else {
                throw HookRefusal("The header \(header) does not hold the hook's secret.")
            }
        }
    }

    /// A header with the HMAC-SHA256 of the body (RFC 2104), in hexadecimal or base64, with or without `sha256=`.
    public static func hmacSHA256(header: String, secret: HookSecret) -> HookVerification {
        HookVerification { request, _ throws(HookRefusal) in
            let sent = try request.only(header)
            let digits = sent.lowercased().hasPrefix("sha256=") ? String(sent.utf8.dropFirst(7)) ?? "" : sent
            try Signature(name: header, secret).check([Signature.bytes(of: digits)], over: request.bytes)
        }
    }

    /// Stripe: `Stripe-Signature: t=…,v1=…`, over the time and the body; one valid `v1` is enough, as while a
    /// secret is being rotated.
    public static func stripe(secret: HookSecret) -> HookVerification {
        HookVerification { request, now throws(HookRefusal) in
            let header = try request.only("Stripe-Signature")
            var time: String?
            var sent: [[UInt8]?] = []
            for piece in header.split(separator: ",") {
                let sides = piece.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
                guard sides.count == 2 else { continue }
                if sides[0] == "t" { time = time ?? String(sides[1]) }
                if sides[0] == "v1" { sent.append(Signature.bytes(of: String(sides[1]))) }
            }
            guard let time, !sent.isEmpty else {
                throw HookRefusal("The header Stripe-Signature is not t=…,v1=….")
            }
            try Signature(name: "Stripe-Signature", secret).check(sent, over: Array("\(time).".utf8) + request.bytes)
            try checkTime(time, in: "Stripe-Signature", now)
        }
    }

    /// GitHub: `X-Hub-Signature-256: sha256=…`, over the body.
    public static func github(secret: HookSecret) -> HookVerification {
        HookVerification { request, _ throws(HookRefusal) in
            let sent = try request.only("X-Hub-Signature-256")
            guard sent.hasPrefix("sha256=") else {
                throw HookRefusal("The header X-Hub-Signature-256 does not begin with sha256=.")
            }
            let digits = String(sent.utf8.dropFirst(7)) ?? ""
            try Signature(name: "X-Hub-Signature-256", secret).check([Signature.bytes(of: digits)], over: request.bytes)
        }
    }

    /// Slack: `X-Slack-Signature: v0=…`, over `X-Slack-Request-Timestamp` and the body.
    public static func slack(secret: HookSecret) -> HookVerification {
        HookVerification { request, now throws(HookRefusal) in
            let (sent, time) = (try request.only("X-Slack-Signature"), try request.only("X-Slack-Request-Timestamp"))
            guard sent.hasPrefix("v0=") else {
                throw HookRefusal("The header X-Slack-Signature does not begin with v0=.")
            }
            let digits = String(sent.utf8.dropFirst(3)) ?? ""
            let signed = Array("v0:\(time):".utf8) + request.bytes
            try Signature(name: "X-Slack-Signature", secret).check([Signature.bytes(of: digits)], over: signed)
            try checkTime(time, in: "X-Slack-Request-Timestamp", now)
        }
    }

    /// Shopify: `X-Shopify-Hmac-SHA256`, base64, over the body.
    public static func shopify(secret: HookSecret) -> HookVerification {
        HookVerification { request, _ throws(HookRefusal) in
            let sent = try request.only("X-Shopify-Hmac-SHA256")
            try Signature(name: "X-Shopify-Hmac-SHA256", secret).check([Base64.bytes(of: sent)], over: request.bytes)
        }
    }

    /// Twilio: `X-Twilio-Signature`, base64 of an HMAC-SHA1 over the address and the form's fields in order of their names;
    /// for any other body the address holds its digest, as `bodySHA256`.
    ///
    /// - Parameters:
    ///   - secret: the account's auth token.
    ///   - address: the URL configured at Twilio, up to the path, such as `https://example.com`, where a proxy changes
    ///     it; by default what `Host` says, with `https` or `http`.
    public static func twilio(secret: HookSecret, address: String? = nil) -> HookVerification {
        HookVerification { request, _ throws(HookRefusal) in
            let sent = try Base64.bytes(of: request.only("X-Twilio-Signature"))
            let key = SymmetricKey(data: try secret.bytes())
            let places: [String]
            if let address { places = [address] } else { places = twilioPlaces(try request.only("Host")) }
            var fields: [UInt8] = []
            if let digest = request.query("bodySHA256") {
                let own = SHA256.hash(data: request.bytes).map { $0 }
                guard Signature.bytes(of: digest)?.isEqualInConstantTime(to: own) ?? false else {
                    throw HookRefusal("The body does not match its digest in bodySHA256.")
                }
            } else {
                fields = signedFields(of: request)
            }
            let passes = places.contains { place in
                let signed = Array((place + request.target).utf8) + fields
                return sent.map {
                    HMAC<Insecure.SHA1>.isValidAuthenticationCode($0, authenticating: signed, using: key)
                } ?? false
            }
            guard passes else {
                throw HookRefusal(
                    "The X-Twilio-Signature does not fit \(places[0])\(request.target.prefix(bytes: 200)): another token has made it, the form was changed, or Twilio was told another address."
                )
            }
        }
    }

    /// The same host with and without the default port of its scheme.
    private static func twilioPlaces(_ host: String) -> [String] {
        ["https://\(host)", "http://\(host)", "https://\(host):443", "http://\(host):80"]
    }

    /// Names and values of a form in order of the names; a value that comes twice counts once.
    private static func signedFields(of request: HookRequest) -> [UInt8] {
        guard request.header("Content-Type")?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false,
            let fields = request.json?.object
        else { return [] }
        var signed: [UInt8] = []
        for name in fields.names.sorted(by: { $0.precedes($1) }) {
            let value = fields[name] ?? .null
            let texts = (value.array ?? [value]).compactMap(\.string).sorted { $0.precedes($1) }
            for (index, text) in texts.enumerated() where index == 0 || !text.isExactly(texts[index - 1]) {
                signed += Array(name.utf8) + Array(text.utf8)
            }
        }
        return signed
    }

    private static func checkTime(_ text: String, in header: String, _ now: Int64) throws(HookRefusal) {
        guard let time = Int64(text), (0...NumberRange.time.upperBound / 1000).contains(time) else {
            throw HookRefusal("The time in \(header) is not a number of seconds since 1970.")
        }
        let age = now / 1000 - time
        guard abs(age) <= tolerance else {
            throw HookRefusal(
                "The request was signed \(abs(age)) s \(age > 0 ? "ago" : "ahead of this machine's clock"); \(tolerance) s are allowed."
            )
        }
    }
}

/// A signature that a header holds.
private struct Signature {
    let name: String
    let key: SymmetricKey

    init(name: String, _ secret: HookSecret) throws(HookRefusal) {
        self.name = name
        key = SymmetricKey(data: try secret.bytes())
    }

    /// - Parameter sent: signatures of which one must match; `nil` for a malformed one.
    func check(_ sent: [[UInt8]?], over signed: [UInt8]) throws(HookRefusal) {
        // Computed once, however many signatures the header holds.
        let code = Array(HMAC<SHA256>.authenticationCode(for: signed, using: key))
        let fitting = sent.compactMap(\.self).filter { $0.isEqualInConstantTime(to: code) }
        guard !fitting.isEmpty else {
            throw HookRefusal(
                "The \(name) does not match: it was made with another secret, or the body was changed on its way."
            )
        }
    }

    /// Hexadecimal digits, or base64.
    static func bytes(of text: String) -> [UInt8]? {
        let digits = text.utf8.map(PercentEncoding.digit)
        guard digits.count % 2 == 0, !digits.contains(nil) else { return Base64.bytes(of: text) }
        return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
    }
}

extension [UInt8] {
    fileprivate func isEqualInConstantTime(to other: [UInt8]) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

private enum Base64 {
    static func bytes(of text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}

extension HookRequest {
    /// The value of a header that must come once.
    fileprivate func only(_ name: String) throws(HookRefusal) -> String {
        let lower = name.lowercased()
        let values = headers.filter { $0.name.lowercased().isExactly(lower) }.map(\.value)
        guard let value = values.first, !value.isEmpty else { throw HookRefusal("The header \(name) is missing.") }
        guard values.count == 1 else { throw HookRefusal("The header \(name) comes more than once.") }
        return value
    }
}
