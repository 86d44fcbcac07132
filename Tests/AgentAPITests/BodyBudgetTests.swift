import Testing

@testable import AgentAPI

@Suite("Room for bodies", .timeLimit(.minutes(15)))
struct BodyBudgetTests {
    @Test("bodies that are on their way take no more than their room together")
    func bodies() {
        let budget = BodyBudget(10)
        #expect(budget.take(6) && budget.take(4) && !budget.take(1))
        budget.giveBack(4)
        #expect(budget.take(4) && !budget.take(1))
    }

    @Test("a request has its share until it is answered, with what its body is decompressed to and parsed into")
    func share() {
        let budget = BodyBudget(1_000_000)
        let share = BodyShare(budget)
        #expect(share.take(100_000))
        #expect(share.takeParsed(Array("[1,2,3]".utf8)))
        #expect(!share.takeParsed(Array(String(repeating: "0,", count: 5000).utf8)))
        #expect(!budget.take(900_000))
        share.giveBack()
        share.giveBack()
        #expect(budget.take(1_000_000))
    }
}
