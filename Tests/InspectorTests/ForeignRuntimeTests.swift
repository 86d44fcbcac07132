import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Runtimes that answer otherwise than ours", .timeLimit(.minutes(15)))
struct ForeignRuntimeTests {
    @Test("rows that a runtime counts and does not send are asked for once", arguments: [7, 60, 1 << 53])
    func fewer(total: Int) {
        var fixture = Fixture.opened(height: 60)
        let rows = Array(Fixture.rows.prefix(3))
        var asked = 0
        func answer() -> Bool { fixture.answer("sessions.view", Fixture.page(rows, total: total)) }
        fixture.notify("sessions.changed", Fixture.page(rows, total: total))
        while asked < 20, answer() { asked += 1 }
        #expect(asked <= 1)
        for _ in 0..<3 { fixture.notify("sessions.changed", Fixture.page(rows, total: total)) }
        #expect(!answer(), "nothing has changed since it was answered")
        // Where the person goes, other rows are asked for.
        fixture.press(.end)
        #expect(total < 1000 || answer())
    }

    @Test("exchanges that come many at once are the newest, each once")
    func exchanges() {
        func exchange(_ id: Int, _ status: Int) -> Exchange {
            var exchange = Exchange(
                id: "ex_\(id)",
                agent: "support",
                hook: "bump",
                why: "",
                request: RecordedRequest(method: "POST"),
                received: Fixture.now + Int64(id)
            )
            exchange.response = RecordedResponse(status: status)
            return exchange
        }
        var tab = HooksTab()
        var known: [Exchange] = []
        for round in 0..<4 {
            let changed = (0..<700).map { exchange(round * 300 + $0 % 600, round * 100 + $0 / 600) }
            tab.merge(changed)
            for exchange in changed {
                if let place = known.firstIndex(where: { $0.id == exchange.id }) {
                    known[place] = exchange
                } else {
                    known.insert(exchange, at: 0)
                }
            }
            known = Array(known.prefix(HooksTab.remembered))
            #expect(tab.exchanges == known)
        }
    }

    @Test("an error's text is cut where it comes in")
    func longError() throws {
        let error = RPCError(json: ["code": -32000, "message": .string(String(repeating: "bad ", count: 100_000))])
        #expect(try #require(error).message.utf8.count <= 4096)
    }
}
