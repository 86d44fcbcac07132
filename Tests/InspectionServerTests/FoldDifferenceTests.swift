import SessionModel
import Testing

@testable import InspectionServer

@Suite("The difference of two moments", .timeLimit(.minutes(15)))
struct FoldDifferenceTests {
    @Test("tells messages apart by their ids")
    func messages() {
        var before = SessionFold()
        before.messages = [Message(id: "a", role: .user, text: "1"), Message(id: "b", role: .user, text: "2")]
        var after = SessionFold()
        after.messages = [Message(id: "b", role: .user, text: "two"), Message(id: "c", role: .user, text: "3")]
        let difference = FoldDifference(from: before, to: after)
        #expect(difference.removed.map(\.id) == ["a"])
        #expect(difference.added.map(\.id) == ["c"])
        #expect(difference.changed.map(\.text) == ["two"])
    }
}
