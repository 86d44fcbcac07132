import Magma
import Testing

@Suite("Tools", .timeLimit(.minutes(15)))
struct SchemaTests {
    enum Color: String, Codable, CaseIterable, Sendable { case red, blue }
    struct Item: Codable, Sendable { var name: String, price: Double?, tags: [String], color: Color }

    @Test("types become JSON Schema")
    func schemas() {
        #expect(ToolParameter("a", String.self).schema == ["type": "string"])
        #expect(
            ToolParameter("a", Optional<Int>.self, "how many").schema == ["type": "integer", "description": "how many"]
        )
        #expect(ToolParameter("a", Bool.self, default: true).schema == ["type": "boolean", "default": true])
        #expect(ToolParameter("a", [Double].self).schema == ["type": "array", "items": ["type": "number"]])
        #expect(
            ToolParameter("a", [String: Int].self).schema == [
                "type": "object", "additionalProperties": ["type": "integer"],
            ]
        )
        #expect(ToolParameter("a", Color.self).schema == ["type": "string", "enum": ["red", "blue"]])
        #expect(
            ToolParameter("a", Item.self).schema == [
                "type": "object",
                "properties": [
                    "name": ["type": "string"], "price": ["type": "number"],
                    "tags": ["type": "array", "items": ["type": "string"]],
                    "color": ["type": "string", "enum": ["red", "blue"]],
                ],
                "required": ["name", "tags", "color"], "additionalProperties": false,
            ]
        )
    }

    @Test("what may be left out is not required")
    func required() {
        #expect(ToolParameter("a", Int.self).isRequired)
        #expect(!ToolParameter("a", Optional<Int>.self).isRequired)
        #expect(!ToolParameter("a", Int.self, default: 3).isRequired)
    }

    @Agent
    actor Shop {
        @Tool("Buys")
        func buy(item: Item, count: Int = 1, note: String?) -> String {
            "\(count) \(item.name) \(item.color) \(note ?? "-")"
        }
    }

    @Test(
        "arguments are checked before the call, and the model is told what does not fit",
        arguments: [
            ("{\"item\":{\"name\":\"a\",\"tags\":[],\"color\":\"red\"}}", "\"1 a red -\"", nil),
            (
                "{\"item\":{\"name\":\"a\",\"tags\":[],\"color\":\"red\"},\"count\":4,\"note\":\"n\"}", "\"4 a red n\"",
                nil
            ),
            ("{}", nil, "'item' is missing"), ("[]", nil, "the arguments must be an object"),
            (
                "{\"item\":{\"name\":\"a\",\"tags\":[1],\"color\":\"red\"}}", nil,
                "'item.tags[0]' must be a string, not a number"
            ),
            (
                "{\"item\":{\"name\":\"a\",\"tags\":[],\"color\":\"green\"}}", nil,
                "'item.color' must be one of \"red\", \"blue\""
            ),
            (
                "{\"item\":{\"name\":\"a\",\"tags\":[],\"color\":\"red\"},\"count\":\"two\"}", nil,
                "'count' must be an integer, not a string"
            ),
            ("{\"item\":{\"name\":\"a\",\"tags\":[],\"color\":\"red\"},\"cuont\":2}", nil, "there is no 'cuont'"),
        ] as [(String, String?, String?)]
    )
    func validation(arguments: String, result: String?, problem: String?) async throws {
        let tool = try #require(Shop.definition.tools.first)
        #expect(tool.name == "buy")
        do {
            let json = try await tool.run(Shop(), try JSON(parsing: arguments))
            #expect(json.text == result)
        } catch let error as ToolError {
            #expect(problem.map { error.description.contains($0) } == true, "\(error)")
        }
    }
}
