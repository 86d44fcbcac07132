import SessionModel
import Testing

@Suite("Numbers of JSON", .timeLimit(.minutes(15)))
struct JSONNumberTests {
    @Test(
        "keep their text, whatever they are",
        arguments: [
            "0", "-0", "1", "-1", "1.0", "1.50", "1e5", "1E+5", "-1e-7", "0.1", "19.90", "9007199254740993",
            "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
            "18446744073709551616", "123456789012345678901234567890", "3.14159265358979323846264338327950288", "1e300",
            "5e-324", "1e-400", "0.30000000000000004", "100000000000000000000.5",
        ]
    )
    func text(number: String) throws {
        let json = try JSON(parsing: "{\"n\":\(number)}")
        #expect(json.text == "{\"n\":\(number)}")
        #expect(try JSON(parsing: json.text) == json)
        #expect(json["n"]?.double == Double(number))
    }

    @Test(
        "are equal when their values are, exactly",
        arguments: [
            ("1", "1.0", true), ("1e2", "100", true), ("100.0", "1E2", true), ("-0", "0", true), ("0.10", "0.1", true),
            ("9223372036854775808", "9223372036854775809", false), ("9007199254740993", "9007199254740992", false),
            ("9223372036854775808", "9.223372036854775808e18", true), ("1.5", "1.50", true),
            ("1", "1.0000000001", false),
            ("123456789012345678901", "123456789012345678901.0", true), ("1e-7", "0.0000001", true),
        ]
    )
    func equality(a: String, b: String, areEqual: Bool) throws {
        let (a, b) = (try JSON(parsing: a), try JSON(parsing: b))
        #expect((a == b) == areEqual)
        if areEqual { #expect(a.hashValue == b.hashValue) }
        #expect(JSONPatch(from: ["n": a], to: ["n": b]).isEmpty == areEqual)
    }

    @Test(
        "are whole where they are",
        arguments: [
            ("1e2", 100), ("-0", 0), ("1.50", nil), ("9223372036854775807.0", Int.max), ("9223372036854775808", nil),
            ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("1e300", nil), ("12.0e1", 120),
        ] as [(String, Int?)]
    )
    func whole(number: String, int: Int?) throws { #expect(try JSON(parsing: number).int == int) }

    @Test(
        "have a plain decimal text, unless that is long",
        arguments: [
            ("1e2", "100"), ("1e-3", "0.001"), ("-12.50", "-12.5"), ("0.0", "0"), ("1e17", "100000000000000000"),
            ("12345678901234567890", "12345678901234567890"), ("1e300", nil), ("1e-300", nil),
        ] as [(String, String?)]
    )
    func plain(number: String, text: String?) throws { #expect(try JSON(parsing: number).plainNumber == text) }

    @Test(
        "from outside are brought within what they can be",
        arguments: [
            ("9223372036854775807", 253_402_300_799_999, 1 << 53), ("-9223372036854775808", 0, 0),
            ("1e300", 253_402_300_799_999, 1 << 53),
            ("-1e300", 0, 0), ("1.9", 1, 1), ("-1", 0, 0), ("1e-300", 0, 0),
            ("9223372036854775808", 253_402_300_799_999, 1 << 53),
        ] as [(String, Int64, Int)]
    )
    func bounded(number: String, time: Int64, count: Int) throws {
        let json = try JSON(parsing: number)
        #expect(json.time == time)
        #expect(json.count == count)
        #expect(NumberRange.duration.contains(json.duration ?? -1))
    }

    @Test("of Codable types keep 64 bits without a sign")
    func codable() throws {
        struct Wrapped: Codable { let inner: [JSON] }
        let wrapped = Wrapped(inner: [try JSON(parsing: "18446744073709551615"), 1, 0.5])
        let json = try JSON(encoding: wrapped)
        #expect(json.text == #"{"inner":[18446744073709551615,1,0.5]}"#)
        #expect(try json.decoded(as: Wrapped.self).inner == wrapped.inner)
    }
}
