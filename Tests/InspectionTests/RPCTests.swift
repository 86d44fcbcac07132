import Inspection
import SessionModel
import Testing

@Suite("JSON-RPC", .timeLimit(.minutes(15)))
struct RPCTests {
    @Test(
        "malformed messages get JSON-RPC's own codes",
        arguments: [
            ("{", -32700), ("[]", -32600), ("{\"id\":1,\"method\":\"x\"}", -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1}", -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}", -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":2}", -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":[1]}", -32600),
        ]
    )
    func refusal(text: String, code: Int) {
        let error = #expect(throws: RPCError.self) { try RPCMessage(parsing: text) }
        #expect(error?.number == code)
    }

    @Test("messages go to text and back")
    func roundTrip() throws {
        let messages: [RPCMessage] = [
            .request(RPCRequest(id: "a", method: "m", params: ["x": 1])), .notification(method: "n", params: [:]),
            .answer(id: 3, result: .success(["ok": true])),
            .answer(id: .null, result: .failure(.forbidden("m", needs: .admin))),
        ]
        for message in messages { #expect(try RPCMessage(parsing: message.text) == message) }
    }

    @Test("an id is given back whatever whole number it is", arguments: ["18446744073709551616", "1e30", "-9", "3.0"])
    func ids(number: String) throws {
        let text = #"{"jsonrpc":"2.0","id":\#(number),"method":"m"}"#
        guard case .request(let request) = try RPCMessage(parsing: text) else { return #expect(Bool(false)) }
        #expect(request.id.text == number)
        let fraction = #expect(throws: RPCError.self) {
            try RPCMessage(parsing: #"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#)
        }
        #expect(fraction?.number == -32600)
    }

    @Test("parameters are checked, and the error names the member")
    func params() throws {
        let params = ParamsReader(["a": 1, "n": nil, "t": "x", "big": 5000])
        #expect(try params.optionalText("n") == nil)
        #expect(try params.int("missing", default: 7, in: 0...9) == 7)
        for check in [
            { _ = try params.text("a") }, { _ = try params.text("none") },
            { _ = try params.int("big", default: 1, in: 0...100) }, { _ = try params.flag("t") },
            { _ = try params.texts("t") },
        ] as [() throws -> Void] {
            let error = #expect(throws: RPCError.self) { try check() }
            #expect(error?.number == -32602)
        }
    }

    @Test("shapes go to JSON and back")
    func shapes() throws {
        var summary = SessionSummary(
            key: SessionKey(agent: "a", session: "s"),
            kind: .temporary,
            created: 5,
            origin: .hook
        )
        summary.trouble = .init(kind: "hook", seq: 3, text: "x")
        summary.doing = "thinking"
        summary.times.expires = 9
        #expect(SessionSummary(json: summary.json) == summary)
        let tick = Tick(
            job: "j",
            session: nil,
            scheduled: 1,
            started: 2,
            finished: 3,
            status: .failed,
            error: "e",
            seq: 4
        )
        let job = JobStatus(
            job: "j",
            agent: "a",
            isStatic: true,
            schedule: "* * * * *",
            timezone: "GMT",
            words: "every minute",
            next: 5,
            paused: true,
            last: [tick]
        )
        #expect(JobStatus(json: job.json) == job)
        let head = SessionHead(
            summary: summary,
            messages: [.user("hi")],
            window: 0,
            state: ["a": 1],
            blame: ["a": 2],
            jobs: [job],
            seq: 8
        )
        #expect(SessionHead(json: head.json) == head)
        var exchange = Exchange(
            id: "e",
            agent: "a",
            hook: "h",
            why: "because",
            request: RecordedRequest(query: ["q": "1"], body: RecordedBody([1], .json)),
            received: 1
        )
        exchange.response = RecordedResponse(status: 200, body: RecordedBody("x", .text))
        exchange.changed = 2...3
        #expect(Exchange(json: exchange.json) == exchange)
        #expect(Exchange(json: exchange.row)?.response?.status == 200)
    }

    @Test("edits change what they name and leave the rest")
    func edits() {
        let request = RecordedRequest(
            method: "POST",
            path: "/p",
            query: ["a": "1"],
            headers: ["h": "x"],
            body: RecordedBody(["n": 1], .json)
        )
        let edited = request.edited(by: ["body": ["n": 2], "method": "GET"])
        #expect(edited.method == "GET")
        #expect(edited.body == RecordedBody(["n": 2], .json))
        #expect(edited.headers == request.headers)
        #expect(request.edited(by: ["body": nil]).body == nil)
    }

    @Test("roles include the ones below them")
    func roles() {
        #expect(Role.viewer < .operator)
        #expect(Role.operator < .admin)
    }
}
