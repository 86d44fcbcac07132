import Foundation
import Magma
import SessionModel
import Testing

@testable import AgentAPI

@Suite("Bodies that webhooks really send", .timeLimit(.minutes(15)))
struct BodyTests {
    // MARK: application/x-www-form-urlencoded

    /// WHATWG's URL standard, application/x-www-form-urlencoded parsing, with the cases of web-platform-tests.
    static let forms: [(String, [(String, String)])] = [
        ("test", [("test", "")]), ("\u{FEFF}test=\u{FEFF}", [("\u{FEFF}test", "\u{FEFF}")]),
        ("%EF%BB%BFtest=%EF%BB%BF", [("\u{FEFF}test", "\u{FEFF}")]),
        ("%EF%BF%BF=%EF%BF%BF", [("\u{FFFF}", "\u{FFFF}")]), ("%FE%FF", [("\u{FFFD}\u{FFFD}", "")]),
        ("%FF%FE", [("\u{FFFD}\u{FFFD}", "")]), ("†&†=x", [("†", ""), ("†", "x")]), ("%C2", [("\u{FFFD}", "")]),
        ("%C2x", [("\u{FFFD}x", "")]), ("_charset_=utf-8&test=%C3%A9", [("_charset_", "utf-8"), ("test", "é")]),
        ("", []), ("a", [("a", "")]), ("a=b", [("a", "b")]), ("a=", [("a", "")]), ("=b", [("", "b")]), ("&", []),
        ("&a", [("a", "")]), ("a&", [("a", "")]), ("a&a", [("a", ""), ("a", "")]),
        ("a&b&c", [("a", ""), ("b", ""), ("c", "")]),
        ("a=b&c=d&", [("a", "b"), ("c", "d")]), ("&&&a=b&&&&c=d&", [("a", "b"), ("c", "d")]),
        ("a=a&a=b&a=c", [("a", "a"), ("a", "b"), ("a", "c")]), ("a==a", [("a", "=a")]),
        ("a=a+b+c+d", [("a", "a b c d")]),
        ("%=a", [("%", "a")]), ("%a=a", [("%a", "a")]), ("%a_=a", [("%a_", "a")]), ("%61=a", [("a", "a")]),
        ("%61+%4d%4D=", [("a MM", "")]), ("id=0&value=%", [("id", "0"), ("value", "%")]),
        ("b=%2sf%2a", [("b", "%2sf*")]), ("b=%2%2af%2a", [("b", "%2*f*")]), ("b=%%2a", [("b", "%*")]),
    ]

    @Test("a form is parsed as WHATWG's URL standard does", arguments: forms)
    func form(text: String, fields: [(String, String)]) throws {
        let parsed = try FormURLEncoded.fields(of: Array(text.utf8), charset: nil, limit: 100) {
            .tooManyFields("", $0)
        }
        let found = parsed.map { [$0.name, $0.value] }
        #expect(
            found.elementsEqual(fields.map { [$0.0, $0.1] }) { $0.elementsEqual($1) { $0.isExactly($1) } },
            "\(found)"
        )
        let query = try Address("/x?" + text).query.map { [$0.name, $0.value] }
        #expect(query.elementsEqual(found) { $0.elementsEqual($1) { $0.isExactly($1) } }, "\(query)")
    }

    @Test(
        "a form's charset is what its type says, or the form itself",
        arguments: [
            ("application/x-www-form-urlencoded; charset=windows-1252", "name=Jos%E9+%80", "José €"),
            ("application/x-www-form-urlencoded; charset=\"ISO-8859-1\"", "name=Jos%E9", "José"),
            ("application/x-www-form-urlencoded", "charset=windows-1252&name=Jos%E9", "José"),
            ("application/x-www-form-urlencoded", "name=Jos%E9&_charset_=iso-8859-1", "José"),
            ("application/x-www-form-urlencoded; charset=utf-8", "name=Jos%C3%A9&charset=windows-1252", "José"),
            ("application/x-www-form-urlencoded; charset=Shift_JIS", "name=%93%FA%96%7B", "日本"),
            ("application/x-www-form-urlencoded; charset=koi8-r", "name=%ED%E9%F2", "МИР"),
            ("application/x-www-form-urlencoded; charset=gb2312", "name=%D6%D0", "中"),
            ("application/x-www-form-urlencoded; charset=koi8-r; x=y", "name=%ED%E9%F2", "МИР"),
            ("APPLICATION/X-WWW-FORM-URLENCODED", "name=Jos%E9", "Jos\u{FFFD}"),
        ]
    )
    func charsets(type: String, body: String, name: String) throws {
        guard case .json(let form) = try RequestBody.parse(Array(body.utf8), type: type) else {
            return #expect(Bool(false))
        }
        #expect(form["name"]?.string?.isExactly(name) == true, "\(form)")
    }

    @Test("windows-1252 has a letter for each byte, as WHATWG's Encoding standard says")
    func windows1252() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Charset.windows1252.decoded(bytes)
        #expect(text.unicodeScalars.count == 256)
        #expect(text.unicodeScalars.map(\.value).filter { $0 > 255 }.count == 27)
        #expect(Charset("latin1") == .windows1252)
        #expect(Charset("klingon") == nil)
        #expect(Charset("../../etc") == nil)
        #expect(Charset("utf-16")?.decoded([0xFE, 0xFF, 0, 0x61]) == "a")
        #expect(Charset("shift_jis")?.decoded([0x93]) == "\u{FFFD}")
    }

    @Test("JSON may begin with a byte order mark, and be UTF-16 where it says so")
    func mark() throws {
        let json: JSON = ["a": "é"]
        let text = Array(json.text.utf8)
        #expect(try RequestBody.parse([0xEF, 0xBB, 0xBF] + text, type: "application/json") == .json(json))
        let units = Array(json.text.utf16)
        let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try RequestBody.parse([0xFF, 0xFE] + little, type: "application/json") == .json(json))
        #expect(try RequestBody.parse(little, type: "application/json; charset=utf-16le") == .json(json))
        let latin = json.text.unicodeScalars.map { UInt8($0.value) }
        #expect(try RequestBody.parse(latin, type: "application/cloudevents+json; charset=latin1") == .json(json))
        #expect(throws: APIError.self) { try RequestBody.parse(text, type: "application/json; charset=klingon") }
        #expect(throws: APIError.self) { try RequestBody.parse([0xEF, 0xBB, 0xBF], type: "application/json") }
        #expect(try ChatRequest(parsing: [0xEF, 0xBB, 0xBF] + Array(#"{"message":"x"}"#.utf8)).messages.count == 1)
    }

    // MARK: multipart/form-data

    private func multipart(_ body: String, boundary: String = "b1") throws -> JSON {
        try multipart(Array(body.utf8), boundary: boundary)
    }

    private func multipart(_ body: [UInt8], boundary: String = "b1") throws -> JSON {
        let parsed = try RequestBody.parse(body, type: "multipart/form-data; boundary=\(boundary)")
        guard case .json(let json) = parsed else { throw APIError.malformed("none", "no JSON") }
        return json
    }

    private func one(_ header: String, _ body: String = "v") -> String {
        "--b1\r\nContent-Disposition: form-data; \(header)\r\n\r\n\(body)\r\n--b1--\r\n"
    }

    private func file(_ name: String) -> JSON {
        ["filename": .string(name), "type": "application/octet-stream", "data": "dg=="]
    }

    @Test("parameters are read as RFC 2183, RFC 7578 and RFC 8187 say")
    func parameters() throws {
        let cases: [(String, JSON)] = [
            (#"name="a""#, ["a": "v"]), ("name=a", ["a": "v"]), ("NAME=a", ["a": "v"]), ("name = \"a\"", ["a": "v"]),
            (#"filename="a; name=userId; b"; name="f""#, ["f": file("a; name=userId; b")]),
            (#"name="f"; filename="say \"hi\".txt""#, ["f": file("say \"hi\".txt")]),
            (#"name="f"; filename="C:\dir\file.txt""#, ["f": file("C:\\dir\\file.txt")]),
            (#"name="f"; filename="a\\b""#, ["f": file("a\\b")]),
            (#"name="f"; filename=""#, ["f": file("")]), (#"name="f"; filename"#, ["f": "v"]),
            ("name=f; filename*=UTF-8''%e2%82%ac%20rates.txt", ["f": file("€ rates.txt")]),
            ("name=f; filename=plain; filename*=utf-8'en'%C3%A9", ["f": file("é")]),
            ("name=f; filename*=iso-8859-1''%E9; filename=plain", ["f": file("é")]),
            ("name=f; filename*=nonsense; filename=plain", ["f": file("plain")]),
            ("name=f; filename*0=\"a b\"; filename*1=c.txt", ["f": file("a bc.txt")]),
            ("name=f; filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.txt", ["f": file("€.txt")]),
            ("name*=utf-8''%C3%A9", ["é": "v"]), ("name=\"a;b=c\"", ["a;b=c": "v"]),
            ("x=\"name=no\"; name=yes", ["yes": "v"]),
            ("name=one; name=two", ["one": "v"]), ("name=\"\"", ["": "v"]), ("name=\"é\"", ["é": "v"]),
            ("xname=no; name=yes", ["yes": "v"]), ("name=\"a\" junk; filename=f", ["a": file("f")]),
        ]
        for (header, expected) in cases {
            let json = try multipart(one(header))
            #expect(json == expected, "\(header): \(json)")
        }
    }

    @Test("a name that is Latin-1 is read, and a value by its charset")
    func latin() throws {
        let head = Array("--b1\r\nContent-Disposition: form-data; name=\"caf".utf8) + [0xE9]
        let tail =
            Array("\"\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\n".utf8) + [0xE9] + Array("\r\n--b1--".utf8)
        #expect(try multipart(head + tail) == ["café": "é"])
        let form = one("name=_charset_", "iso-8859-1").replacing("--b1--\r\n", with: "--b1\r\n")
        let part = Array("Content-Disposition: form-data; name=a\r\n\r\n".utf8) + [0xE9] + Array("\r\n--b1--".utf8)
        #expect(try multipart(Array(form.utf8) + part)["a"] == "é")
        #expect(
            try multipart(Array(one("name=a", "X").utf8).map { $0 == UInt8(ascii: "X") ? 0xE9 : $0 })["a"] == "\u{FFFD}"
        )
    }

    @Test("only a whole line is a delimiter (RFC 2046, section 5.1.1)")
    func delimiters() throws {
        let head = "--b1\r\nContent-Disposition: form-data; name=a\r\n\r\n"
        let cases: [(String, JSON)] = [
            (head + "x\r\n--b1extra\r\ny\r\n--b1--", ["a": "x\r\n--b1extra\r\ny"]),
            (head + "x --b1 y\r\n--b1--", ["a": "x --b1 y"]), (head + "x--b1--\r\n--b1--", ["a": "x--b1--"]),
            (head + "x\n--b1\ny\r\n--b1--", ["a": "x\n--b1\ny"]), (head + "\r\n--b1--", ["a": ""]),
            (head + "\r\n\r\n--b1--", ["a": "\r\n"]), (head + "x\r\n--b1--\r\nepilogue --b1\r\n--b1\r\n", ["a": "x"]),
            ("preamble --b1 and\r\n--b1x\r\n" + head + "x\r\n--b1--", ["a": "x"]),
            ("\r\n" + head + "x\r\n--b1--", ["a": "x"]),
            (head + "x\r\n--b1  \t\r\n" + head.dropFirst(5) + "y\r\n--b1-- ", ["a": ["x", "y"]]),
            (head.replacing("\r\n", with: "\n") + "x\ny\n--b1--\n", ["a": "x\ny"]), ("--b1--\r\n", [:]),
            (head + "x\r\n--b1-\r\n--b1--", ["a": "x\r\n--b1-"]),
        ]
        for (body, expected) in cases {
            let json = try multipart(body)
            #expect(json == expected, "\(body.debugDescription): \(json)")
        }
        #expect(
            try multipart(
                "--a b'()+_,-./:=?\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--a b'()+_,-./:=?--",
                boundary: "\"a b'()+_,-./:=?\""
            ) == ["a": "x"]
        )
    }

    @Test("headers of parts may be folded, in any order and case, and codings are taken off (RFC 7578, section 4.7)")
    func headers() throws {
        func part(_ headers: String, _ body: String) -> String { "--b1\r\n\(headers)\r\n\r\n\(body)\r\n--b1--" }
        #expect(
            try multipart(part("content-type: text/plain\r\nCONTENT-DISPOSITION:form-data;\r\n name=a", "x")) == [
                "a": "x"
            ]
        )
        #expect(
            try multipart(
                part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: BASE64", "aGVs\r\nbG8=")
            )
                == ["a": "hello"]
        )
        #expect(
            try multipart(
                part(
                    "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: quoted-printable",
                    "h=C3=A9=\r\nl="
                )
            ) == ["a": "hél="]
        )
        let binary = Array(part("Content-Disposition: form-data; name=a\r\nContent-Type: image/png", "X").utf8)
        #expect(
            try multipart(binary.map { $0 == UInt8(ascii: "X") ? 0xFF : $0 })["a"]
                == ["filename": "", "type": "image/png", "data": "/w=="]
        )
    }

    @Test(
        "what is no form is refused, and the error names the part",
        arguments: [
            ("", "none"), ("x", "no line with its boundary"), ("--b1", "no line with its boundary"),
            ("--b1\r\nContent-Disposition: form-data; name=a\r\n\r\nx", "no boundary after part 1"),
            ("--b1\r\nContent-Type: text/plain\r\n\r\nx\r\n--b1--", "no name for part 1"),
            ("--b1\r\nContent-Disposition: form-data; name=a\r\n--b1--", "no empty line after the headers"),
            ("--b1\r\n\r\nx\r\n--b1--", "no name for part 1"),
            (
                "--b1\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\na\r\n--b1--",
                "invalid base64 in part 1"
            ),
        ]
    )
    func broken(body: String, words: String) throws {
        if body.isEmpty {
            #expect(try RequestBody.parse([], type: "multipart/form-data; boundary=b1") == .none)
            return
        }
        let error = #expect(throws: APIError.self) { try multipart(body) }
        #expect(error?.code == "form_invalid")
        #expect(
            error?.message.contains(words) == true,
            "\(error?.message ?? "")"
        )
    }

    // MARK: Content-Encoding

    /// `{"by":3}` as Python's gzip, zlib and raw deflate write it.
    static let gzip = Data(base64Encoded: "H4sIAAAAAAACA6tWSqpUsjKuBQC3OdyECAAAAA==")!
    static let zlib = Data(base64Encoded: "eJyrVkqqVLIyrgUAC5AChQ==")!

    @Test("gzip and deflate are decoded, also twice and in pieces, and other codings refused")
    func codings() throws {
        func decoded(_ data: some Sequence<UInt8>, _ header: String?, limit: Int = 1000) throws -> String {
            String(decoding: try ContentCoding.decoded(Array(data), header, limit: limit), as: UTF8.self)
        }
        #expect(try decoded(Self.gzip, "gzip") == #"{"by":3}"#)
        #expect(try decoded(Self.gzip, "X-GZip, identity") == #"{"by":3}"#)
        #expect(try decoded(Self.zlib, "deflate") == #"{"by":3}"#)
        #expect(try decoded(Self.zlib.dropFirst(2).dropLast(4), "deflate") == #"{"by":3}"#)
        #expect(try decoded(Self.gzip + Self.gzip, "gzip") == #"{"by":3}{"by":3}"#)
        #expect(try decoded("plain".utf8, nil) == "plain")
        #expect(try decoded("plain".utf8, "identity") == "plain")
        for (data, header, code) in [
            (Self.gzip, "br", "encoding_unsupported"), (Self.gzip, "gzip, gzip, gzip", "encoding_unsupported"),
            (Self.gzip.dropLast(), "gzip", "encoding_invalid"), (Self.gzip, "deflate", "encoding_invalid"),
            (Data("plain".utf8), "gzip", "encoding_invalid"), (Self.gzip, "gzip, gzip", "encoding_invalid"),
        ] {
            let error = #expect(throws: APIError.self) { try decoded(data, header) }
            #expect(error?.code == code, "\(header)")
        }
        let large = #expect(throws: APIError.self) { try decoded(Self.gzip, "gzip", limit: 7) }
        #expect(large?.code == "body_too_large")
    }
}
