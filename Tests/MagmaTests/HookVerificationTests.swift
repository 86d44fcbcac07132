import Foundation
import Magma
import SessionModel
import Testing

@Suite("Who sends a webhook", .timeLimit(.minutes(15)))
struct HookVerificationTests {
    /// What a scheme says of a request; `nil` when it passes.
    private func refusal(_ verification: HookVerification, _ request: HookRequest, at seconds: Int64 = 1_700_000_000)
        -> String?
    {
        do {
            try verification.verify(request, at: seconds * 1000)
            return nil
        } catch { return error.reason }
    }

    private func request(_ headers: [(String, String)], _ body: String, target: String = "/hooks/x") -> HookRequest {
        HookRequest(headers: headers.map { .init($0.0, $0.1) }, target: target, bytes: Array(body.utf8))
    }

    @Test("GitHub's own example passes, and nothing that differs from it")
    func github() {
        let scheme = HookVerification.github(secret: "It's a Secret to Everybody")
        let digits = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        func check(_ value: String?, _ body: String = "Hello, World!") -> String? {
            refusal(scheme, request(value.map { [("x-hub-signature-256", $0)] } ?? [], body))
        }
        #expect(check("sha256=\(digits)") == nil)
        #expect(check("sha256=\(digits.uppercased())") == nil)
        #expect(check("sha256=\(digits)", "Hello, World?")?.contains("does not match") == true)
        #expect(check(nil)?.contains("is missing") == true)
        for wrong in [
            digits, "sha1=\(digits)", "sha256=", "sha256=\(digits.dropLast())", "sha256=\(digits)00", "sha256=zz", "",
        ] {
            #expect(check(wrong) != nil, "\(wrong)")
        }
        let twice = request(
            [("X-Hub-Signature-256", "sha256=\(digits)"), ("x-hub-signature-256", "sha256=00")],
            "Hello, World!"
        )
        #expect(refusal(scheme, twice)?.contains("more than once") == true)
    }

    @Test("Slack's own example passes within 5 minutes")
    func slack() {
        let body =
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        let scheme = HookVerification.slack(secret: "8f742231b10e8888abcd99yyyzzz85a5")
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        func check(_ time: String, _ now: Int64, _ sent: String) -> String? {
            refusal(scheme, request([("X-Slack-Request-Timestamp", time), ("X-Slack-Signature", sent)], body), at: now)
        }
        for now in [1_531_420_618, 1_531_420_918, 1_531_420_318] as [Int64] {
            #expect(check("1531420618", now, signature) == nil)
        }
        #expect(check("1531420618", 1_531_420_919, signature)?.contains("301 s ago") == true)
        #expect(check("1531420618", 1_531_420_317, signature)?.contains("301 s ahead") == true)
        #expect(check("1531420619", 1_531_420_618, signature)?.contains("does not match") == true)
        #expect(check("1531420618", 1_531_420_618, "v1=\(signature.dropFirst(3))") != nil)
        #expect(
            refusal(scheme, request([("X-Slack-Signature", signature)], body))?.contains("Timestamp is missing") == true
        )
    }

    @Test("Stripe's header passes with one of its signatures, within 5 minutes")
    func stripe() {
        let scheme = HookVerification.stripe(secret: .text("whsec_test"))
        let good = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
        let other = String(repeating: "0", count: 64)
        func check(_ header: String, at now: Int64 = 1_700_000_000) -> String? {
            refusal(scheme, request([("Stripe-Signature", header)], #"{"id":"evt_1"}"#), at: now)
        }
        #expect(check("t=1700000000,v1=\(good)") == nil)
        #expect(check("t=1700000000, v1=\(other), v1=\(good), v0=\(other)") == nil)
        #expect(check("v1=\(good),t=1700000000") == nil)
        #expect(check("t=1700000000,v1=\(good)", at: 1_700_000_301)?.contains("301 s ago") == true)
        #expect(check("t=1700000000,v1=\(good)", at: 1_700_000_300) == nil)
        for wrong in [
            "t=1700000001,v1=\(good)", "t=1700000000,v0=\(good)", "t=1700000000", "v1=\(good)", "nonsense",
            "t=x,v1=\(good)",
            "t=,v1=\(good)", "t=99999999999999999999,v1=\(good)", "t=-1,v1=\(good)", "t=1700000000,v1=\(other)",
            "t=1700000001,t=1700000000,v1=\(good)",
        ] {
            #expect(check(wrong) != nil, "\(wrong)")
        }
    }

    @Test("Shopify's header is base64, and a header of one's own may be either")
    func shopify() {
        let (base64, digits) = (
            "+TTNLrIAr++NEmlyRgFUnRYTKAMRFpBc9+Qp7eD6x2I=",
            "f934cd2eb200afef8d1269724601549d161328031116905cf7e429ede0fac762"
        )
        let body = #"{"id":"evt_1"}"#
        let shopify = HookVerification.shopify(secret: "hush")
        #expect(refusal(shopify, request([("X-Shopify-Hmac-Sha256", base64)], body)) == nil)
        #expect(refusal(shopify, request([("X-Shopify-Hmac-Sha256", digits)], body)) != nil)
        #expect(refusal(shopify, request([("X-Shopify-Hmac-Sha256", base64)], body + " ")) != nil)
        let own = HookVerification.hmacSHA256(header: "X-Signature", secret: "hush")
        for sent in [base64, digits, digits.uppercased(), "sha256=\(digits)", "SHA256=\(base64)"] {
            #expect(refusal(own, request([("x-signature", sent)], body)) == nil, "\(sent)")
        }
        #expect(refusal(own, request([("x-signature", "")], body)) != nil)
    }

    @Test("Twilio's own example passes, with the form's fields in order, behind a proxy and for JSON")
    func twilio() {
        let form: JSON = [
            "To": "+18005551212", "Digits": "1234", "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309",
            "From": "+14158675309",
        ]
        func check(_ signature: String, _ scheme: HookVerification, host: String = "mycompany.com", _ form: JSON)
            -> String?
        {
            let headers = [
                ("Host", host), ("X-Twilio-Signature", signature),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ]
            var request = request(headers, "", target: "/myapp.php?foo=1&bar=2")
            request.body = .json(form)
            return refusal(scheme, request)
        }
        let scheme = HookVerification.twilio(secret: "12345")
        let good = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        #expect(check(good, scheme, form) == nil)
        #expect(check(good, scheme, host: "internal:8080", form) != nil)
        #expect(
            check(good, .twilio(secret: "12345", address: "https://mycompany.com"), host: "internal:8080", form) == nil
        )
        #expect(check(good, .twilio(secret: "123456"), form) != nil)
        #expect(check(good, scheme, ["To": "+1"]) != nil)
        // The next three are what Twilio's own package for Python computes.
        #expect(check("tBfGFVWuCRTqFM6ueJvcN5b8xI0=", scheme, ["b": "3", "a": ["two", "one", "one"]]) == nil)
        #expect(check("bCiZAabX8PdeQVngeH30h99jpMc=", scheme, ["b": "3", "a": ["two", "one"]]) == nil)
        #expect(check("cA7C2AskVIAeSjYV/taI/Du2d+s=", scheme, ["b": "3", "a": ["two", "one", "one"]]) != nil)
        let body = #"{"property": "value", "boolean": true}"#
        let digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        func json(_ body: String) -> String? {
            var request = request(
                [("Host", "mycompany.com"), ("X-Twilio-Signature", "a9nBmqA0ju/hNViExpshrM61xv4=")],
                body,
                target: "/myapp.php?foo=1&bar=2&bodySHA256=\(digest)"
            )
            request.query = [.init("foo", "1"), .init("bar", "2"), .init("bodySHA256", digest)]
            return refusal(scheme, request)
        }
        #expect(json(body) == nil)
        #expect(json(body + " ")?.contains("bodySHA256") == true)
    }

    @Test("a shared secret is compared whole, and one that is not set lets nobody in")
    func secret() {
        let scheme = HookVerification.secret(header: "X-Gitlab-Token", secret: "s3cret")
        for (sent, passes) in [
            ("s3cret", true), ("Bearer s3cret", true), ("s3cre", false), ("s3crets", false), ("", false),
        ] {
            #expect((refusal(scheme, request([("X-Gitlab-Token", sent)], "")) == nil) == passes, "\(sent)")
        }
        setenv("SEISMO_TEST_SECRET", " from outside\n", 1)
        let outside = HookVerification.secret(header: "X-Key", secret: .environment("SEISMO_TEST_SECRET"))
        #expect(refusal(outside, request([("X-Key", "from outside")], "")) == nil)
        let missing = HookVerification.github(secret: .environment("SEISMO_TEST_MISSING"))
        let reason = refusal(missing, request([("X-Hub-Signature-256", "sha256=00")], ""))
        #expect(reason == "The hook's secret is missing: set the environment variable SEISMO_TEST_MISSING.")
        #expect(
            refusal(.secret(header: "X-Key", secret: ""), request([("X-Key", "x")], ""))?.contains("is empty") == true
        )
    }
}
