import SessionModel
import Testing

@Suite("A document taken apart as it comes")
struct JSONSplitterTests {
    private static let text = """
        {"a": 1, "b" : "x,\\"]}" ,"list": [ 1, "two" , {"c": [3, {"d": "]"}]}, [] ],
         "empty":[], "o":{"p":[1,2]}, "t": true,"last":null}

        """

    @Test("comes in the same pieces however it is cut", arguments: [1, 2, 3, 7, 1000])
    func pieces(size: Int) throws {
        var splitter = JSONSplitter(limit: 100)
        var pieces: [JSONSplitter.Piece] = []
        var rest = Substring(Self.text)
        while !rest.isEmpty {
            try splitter.read(String(rest.prefix(size))) { pieces.append($0) }
            rest = rest.dropFirst(size)
        }
        #expect(splitter.isComplete)
        #expect(
            pieces == [
                .member("a", 1), .member("b", "x,\"]}"), .item("list", 1), .item("list", "two"),
                .item("list", ["c": [3, ["d": "]"]]]), .item("list", []), .member("o", ["p": [1, 2]]),
                .member("t", true), .member("last", nil),
            ]
        )
    }

    @Test(
        "what is no document is said to be none",
        arguments: [
            "{\"a\":1,}", "{\"a\":[1,]}", "{\"a\":[1,,2]}", "{,}", "{\"a\":[,1]}", "[1]", "{\"a\" 1}",
            "{\"a\":1]", "{a:1}", "{\"a\":1}}", "{\"a\":[1 2]}", "{\"a\":tru}",
        ]
    )
    func malformed(text: String) {
        var splitter = JSONSplitter(limit: 100)
        #expect(throws: JSONSplitter.Malformed.self) { try splitter.read(text) { _ in } }
    }

    @Test("a part that is too large is refused, and half a document is not complete")
    func limits() throws {
        var splitter = JSONSplitter(limit: 10)
        #expect(throws: JSONSplitter.Malformed.self) { try splitter.read("{\"a\":\"0123456789\"}") { _ in } }
        var half = JSONSplitter(limit: 10)
        try half.read("{\"a\":[1,") { _ in }
        #expect(!half.isComplete)
    }
}
