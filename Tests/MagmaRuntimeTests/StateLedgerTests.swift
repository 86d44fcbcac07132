import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("Who has changed the state")
struct StateLedgerTests {
    @Test("a turn's fields go back to what they would be without it; what others wrote meanwhile stays")
    func changed() {
        var ledger = StateLedger()
        var state: JSON = ["mine": 1, "theirs": 1, "both": 1, "still": 1]
        ledger.begin("t", with: state)
        func change(_ name: String, _ value: JSON, by turn: String?) {
            var members = state.object ?? [:]
            members[name] = value
            let patch = JSONPatch(from: state, to: .object(members))
            state = .object(members)
            ledger.note(patch, by: turn, in: state)
        }
        change("mine", 2, by: "t")
        change("theirs", 2, by: nil)
        change("both", 2, by: "t")
        change("both", 3, by: "other")
        change("new", 1, by: "t")
        #expect(ledger.changed(in: state) == ["mine": 1, "new": nil])
        change("mine", 4, by: nil)
        #expect(ledger.changed(in: state) == ["new": nil])
        ledger.endTurn()
        #expect(ledger.changed(in: state).isEmpty)
    }

    @Test("a refusal is told once; of many that nobody asks about the oldest are forgotten")
    func refusals() {
        var ledger = StateLedger()
        for cause in 1...100 { ledger.refuse(cause, because: RuntimeError(.malformed, "\(cause)", "")) }
        let told = [36, 37, 37, 100].map { ledger.refusal(of: $0)?.code }
        #expect(told == [nil, "37", nil, "100"])
    }
}
