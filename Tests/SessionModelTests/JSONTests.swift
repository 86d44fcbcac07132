import SessionModel
import Testing

@Suite("JSON", .timeLimit(.minutes(15)))
struct JSONTests {
    @Test("whatever has to be escaped is, wherever it stands in a text")
    func escapes() throws {
        for length in 1...17 {
            for place in 0..<length {
                for byte in UInt8(0)...0x7F {
                    var bytes = [UInt8](repeating: 0x61, count: length)
                    bytes[place] = byte
                    let value = JSON.string(String(decoding: bytes, as: UTF8.self))
                    let isPlain = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                    #expect((value.bytes.count == length + 2) == isPlain)
                    #expect(value.bytes.allSatisfy { $0 >= 0x20 })
                    #expect(try JSON(parsing: value.bytes) == value)
                }
            }
        }
    }

    @Test(
        "a text that does not fit into what is written first is whole",
        arguments: [500, 507, 508, 509, 510, 511, 512, 1030]
    )
    func growth(length: Int) throws {
        let plain = String(repeating: "a", count: length)
        for text in [plain, plain + "\n", "\u{1}" + plain, plain + "é\\"] {
            let value = JSON.array([.string(text), .object(["name": .string(plain)])])
            #expect(try JSON(parsing: value.bytes) == value)
            #expect(value.bytes.count <= value.textSize)
        }
    }

    @Test("whole numbers are written with all their digits", arguments: [0, 1, -1, 9, 10, 99, 100, -100, .max, .min])
    func digits(number: Int) { #expect(JSON.int(number).text == String(number)) }

    @Test("a large object finds, replaces and takes out its members as a small one does", arguments: [3, 16, 17, 200])
    func members(count: Int) {
        var object = JSON.Object()
        for number in 0..<count { object["name \(number)"] = .int(number) }
        for number in 0..<count { object["name \(number)"] = .int(number + 1) }
        #expect(object.count == count)
        #expect(object.map(\.value) == (0..<count).map { .int($0 + 1) })
        for number in 0..<count where !number.isMultiple(of: 3) {
            #expect(object.remove("name \(number)") == .int(number + 1))
            #expect(object["name \(number)"] == nil)
        }
        #expect(object.names == (0..<count).filter { $0.isMultiple(of: 3) }.map { "name \($0)" })
        object["name 1"] = "again"
        #expect(object.names.last == "name 1" && object["name 1"] == "again")
        #expect(object == JSON.Object(object.reversed().map { ($0.name, $0.value) }))
    }

    @Test(
        "its size as text is what the writer makes of it, or a little more",
        arguments: [
            "", "plain", "a\"b\\c", "\n\r\t", "\u{0}\u{1}\u{1F}\u{7F}", "é漢👩‍👩‍👧",
            ["a": [1, 2.5, true, nil, "x\u{1}"], "q\"": ["": [:], "l": []]],
        ] as [JSON]
    )
    func textSize(json: JSON) {
        let bytes = json.text.utf8.count
        #expect(json.textSize >= bytes && json.textSize <= bytes + 24 * 8)
        if let text = json.string { #expect(JSON.quotedSize(text) == bytes) }
        #expect(json.takes(moreThan: json.textSize - 1) && !json.takes(moreThan: json.textSize))
    }

    @Test(
        "reads what RFC 8259 allows and writes it back",
        arguments: [
            ("null", "null"), (" true ", "true"), ("-0", "-0"), ("12", "12"), ("1.5e3", "1.5e3"), ("19.90", "19.90"),
            ("1.0", "1.0"),
            ("\"a\\u00e9\\n\"", "\"aé\\n\""),
            ("[1,[],{}]", "[1,[],{}]"), ("{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"), ("\"\\ud83d\\ude00\"", "\"😀\""),
            ("\"\\ud83d\"", "\"\u{FFFD}\""), ("{\"a\":1,\"a\":2}", "{\"a\":2}"),
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807"),
            ("3.14159265358979323846264338327950288", "3.14159265358979323846264338327950288"),
        ]
    )
    func roundTrip(text: String, written: String) throws {
        #expect(try JSON(parsing: text).text == written)
    }

    @Test(
        "says where a text is not JSON",
        arguments: [
            ("", 0), ("{", 1), ("[1,]", 3), ("01", 2), ("\"a", 2), ("nul", 0), ("1 2", 2), ("{\"a\" 1}", 5),
            ("\"\u{01}\"", 1),
            ("\"\\x\"", 1), ("1e999", 5), ("[1 2]", 3),
        ]
    )
    func refusal(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.offset == offset)
    }

    @Test("refuses invalid UTF-8 and nesting without end")
    func limits() throws {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 100_000)) }
        let most = "[" + String(repeating: "0,", count: JSON.maximumValues - 2) + "0]"
        #expect(try JSON(parsing: most).array?.count == JSON.maximumValues - 1)
        let tooMany = #expect(throws: JSONError.self) { try JSON(parsing: "[" + most.dropFirst().dropLast() + ",0]") }
        #expect(tooMany?.problem == "more than 250000 values")
        #expect(try JSON(parsing: "[" + most.dropFirst().dropLast() + ",0]", depth: JSON.writtenDepth).array != nil)
        let deepest = (1..<JSON.maximumDepth).reduce(JSON.null) { inner, _ in [inner] }
        #expect(deepest.depth == JSON.maximumDepth)
        #expect(try JSON(parsing: deepest.text) == deepest)
        #expect(try JSON(encoding: deepest) == deepest)
        for tooDeep in [[deepest], ["a": deepest]] as [JSON] {
            #expect(throws: JSONError.self) { try JSON(parsing: tooDeep.text) }
            #expect(throws: JSONError.self) { try JSON(encoding: tooDeep) }
            #expect(throws: JSONError.self) { try JSON(encoding: [tooDeep]) }
        }
    }

    @Test("compares numbers by value and objects whatever the order of their members")
    func equality() throws {
        #expect(try JSON(parsing: "{\"a\":1,\"b\":2}") == JSON(parsing: "{\"b\":2.0,\"a\":1}"))
        #expect(JSON.int(1) != JSON.bool(true))
    }

    @Test("turns Codable values into JSON and back")
    func codable() throws {
        struct Ticket: Codable, Equatable { var id: Int, tags: [String], note: String? }
        let ticket = Ticket(id: 3, tags: ["a/b"], note: nil)
        let json = try JSON(encoding: ticket)
        #expect(json == ["id": 3, "tags": ["a/b"]])
        #expect(try json.decoded(as: Ticket.self) == ticket)
        #expect(try JSON(encoding: String?.none) == .null)
        #expect(try JSON.null.decoded(as: String?.self) == nil)
    }
}
