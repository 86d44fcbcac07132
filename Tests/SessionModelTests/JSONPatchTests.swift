import SessionModel
import Testing

@Suite("JSON Patch", .timeLimit(.minutes(15)))
struct JSONPatchTests {
    @Test(
        "applies the operations of RFC 6902's appendix",
        arguments: [
            (
                "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
                "{\"baz\":\"qux\",\"foo\":\"bar\"}"
            ),
            (
                "{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
                "{\"foo\":[\"bar\",\"qux\",\"baz\"]}"
            ),
            ("{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]", "{\"foo\":\"bar\"}"),
            ("{\"foo\":[1,2,3]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]", "{\"foo\":[1,3]}"),
            ("{\"baz\":\"qux\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]", "{\"baz\":\"boo\"}"),
            (
                "{\"foo\":{\"bar\":\"baz\"},\"qux\":{}}",
                "[{\"op\":\"move\",\"from\":\"/foo/bar\",\"path\":\"/qux/thud\"}]",
                "{\"foo\":{},\"qux\":{\"thud\":\"baz\"}}"
            ),
            (
                "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
                "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
                "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}"
            ),
            ("{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0}]", "{\"a\":1}"),
            (
                "{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\"]}]",
                "{\"foo\":[\"bar\",[\"abc\"]]}"
            ),
            ("{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]", "{\"/\":9,\"~1\":10}"),
            (
                "{\"a\":{\"b\":1}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"}]",
                "{\"a\":{\"b\":1},\"c\":{\"b\":1}}"
            ),
            ("{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]", "[1]"),
        ]
    )
    func applies(document: String, patch: String, result: String) throws {
        let patch = try JSONPatch(json: JSON(parsing: patch))
        #expect(try JSON(parsing: document).applying(patch) == JSON(parsing: result))
    }

    @Test(
        "refuses what does not fit, and names the place",
        arguments: [
            "[{\"op\":\"remove\",\"path\":\"/nothing\"}]", "[{\"op\":\"replace\",\"path\":\"/nothing\",\"value\":1}]",
            "[{\"op\":\"add\",\"path\":\"/a/b/c\",\"value\":1}]", "[{\"op\":\"add\",\"path\":\"/list/9\",\"value\":1}]",
            "[{\"op\":\"add\",\"path\":\"/list/01\",\"value\":1}]",
            "[{\"op\":\"test\",\"path\":\"/a\",\"value\":\"x\"}]",
            "[{\"op\":\"move\",\"from\":\"/o\",\"path\":\"/o/p\"}]",
        ]
    )
    func refuses(patch: String) throws {
        let document: JSON = ["a": 1, "list": [1], "o": [:]]
        let patch = try JSONPatch(json: JSON(parsing: patch))
        #expect(throws: JSONPatchError.self) { try document.applying(patch) }
    }

    @Test("a diff leads from the old document to the new one", arguments: 0..<400)
    func inverse(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        let old = JSON.random(depth: 3, &random)
        let new = Bool.random(using: &random) ? JSON.random(depth: 3, &random) : old.mutated(&random)
        #expect(try old.applying(JSONPatch(from: old, to: new)) == new)
        #expect(JSONPatch(from: new, to: new).isEmpty)
        let patch = JSONPatch(from: old, to: new)
        #expect(try JSONPatch(json: patch.json) == patch)
    }
}

struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

extension JSON {
    static func random(depth: Int, _ random: inout Seeded) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int.random(in: -9...9, using: &random))
        case 3: return .double(Double(Int.random(in: -9...9, using: &random)) / 4)
        case 4: return .string(["", "a", "~/", "é", "a/b"].randomElement(using: &random) ?? "")
        case 5:
            return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in .random(depth: depth - 1, &random) })
        default:
            var object = JSON.Object()
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                object[["a", "b", "/", "~", "ü"].randomElement(using: &random) ?? ""] = .random(
                    depth: depth - 1,
                    &random
                )
            }
            return .object(object)
        }
    }

    func mutated(_ random: inout Seeded) -> JSON {
        switch self {
        case .array(var items) where !items.isEmpty:
            let index = items.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<3, using: &random) {
            case 0: items.remove(at: index)
            case 1: items.insert(.random(depth: 1, &random), at: index)
            default: items[index] = items[index].mutated(&random)
            }
            return .array(items)
        case .object(var members) where !members.isEmpty:
            let name = members.names.randomElement(using: &random) ?? ""
            members[name] = members[name]?.mutated(&random)
            return .object(members)
        default: return .random(depth: 2, &random)
        }
    }
}

@Suite("Patches that someone made", .timeLimit(.minutes(15)))
struct HostilePatchTests {
    @Test("neighbours that go and come together do as one by one")
    func runs() throws {
        let array = JSON.array((0..<20).map(JSON.int))
        for (old, new) in [
            (array, JSON.array((0..<5).map(JSON.int))), (JSON.array([]), array), (array, .array([])),
            (["a": array, "b": 1], ["a": .array((3..<30).map(JSON.int)), "c": 2]),
        ] {
            #expect(try old.applying(JSONPatch(from: old, to: new)) == new)
        }
        let steps = try JSONPatch(json: [
            ["op": "add", "path": "/0", "value": "a"], ["op": "add", "path": "/1", "value": "b"],
            ["op": "add", "path": "/-", "value": "z"], ["op": "remove", "path": "/1"], ["op": "remove", "path": "/1"],
        ])
        #expect(try JSON.array([1, 2]).applying(steps) == ["a", 2, "z"])
        #expect(throws: JSONPatchError.self) {
            try JSON.array([1]).applying(JSONPatch([.remove(JSONPointer(["0"])), .remove(JSONPointer(["0"]))]))
        }
        let named = JSONPatch([.add(JSONPointer(["1"]), 1), .add(JSONPointer(["2"]), 2)])
        #expect(try JSON.object([:]).applying(named) == ["1": 1, "2": 2])
    }

    @Test("one that doubles what it copies is refused, and so is one that nests without end")
    func bombs() {
        var steps = (0..<60).map { JSONPatch.Step.copy(from: JSONPointer(), to: JSONPointer(["a\($0)"])) }
        #expect(throws: JSONPatchError.self) { try JSON.object(["x": "y"]).applying(JSONPatch(steps)) }
        steps = (0..<100_000).map { _ in .copy(from: JSONPointer(["a"]), to: JSONPointer(["b", "-"])) }
        let document: JSON = ["a": .string(String(repeating: "x", count: 100_000)), "b": []]
        #expect(throws: JSONPatchError.self) { try document.applying(JSONPatch(steps)) }
        let deep = (0..<400).map { JSONPatch.Step.add(JSONPointer(Array(repeating: "a", count: $0 + 1)), [:]) }
        #expect(throws: JSONPatchError.self) { try JSON.object([:]).applying(JSONPatch(deep)) }
        let long = JSON.array((0..<200_000).map(JSON.int))
        let moves = (0..<2000).map { _ in JSONPatch.Step.move(from: JSONPointer(["199999"]), to: JSONPointer(["0"])) }
        #expect(throws: JSONPatchError.self) { try long.applying(JSONPatch(moves)) }
    }

    @Test("members that are taken out and put in again, in any order, are what is left")
    func members() throws {
        var object = JSON.Object((0..<1000).map { ("\($0)", .int($0)) })
        for number in stride(from: 0, to: 1000, by: 2) { #expect(object.remove("\(number)") == .int(number)) }
        #expect(object.count == 500)
        #expect(object.remove("0") == nil)
        #expect(object.names == stride(from: 1, to: 1000, by: 2).map { "\($0)" })
        object["0"] = "back"
        object["1"] = nil
        #expect(object.count == 500)
        #expect(object["0"] == "back")
        #expect(object == JSON.Object(object.map { ($0.name, $0.value) }.reversed()))
        #expect(
            JSON.Object(grouping: [("a", 1), ("b", 2), ("a", 3)].map { (name: $0, value: $1) }) == [
                "a": [1, 3], "b": 2,
            ]
        )
    }
}
