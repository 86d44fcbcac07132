import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Whether other nodes answer")
struct NodeReachTests {
    private let contact = NodeContact(name: "one:1", address: "http://127.0.0.1:1")

    @Test("one that answers is there, and many who ask at once ask once")
    func there() async {
        let asked = Mutex(0)
        let reach = NodeReach { _ in
            asked.withLock { $0 += 1 }
            return true
        }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { await reach.isCutOff(contact) } }
            for await isCutOff in group { #expect(!isCutOff) }
        }
        // Of those that come within a second.
        #expect(asked.withLock(\.self) < 20)
    }

    @Test("one that is silent for long is cut off, and there again when it answers")
    func silent() async throws {
        let answers = Mutex(false)
        let reach = NodeReach(patience: .zero) { _ in answers.withLock(\.self) }
        #expect(await reach.isCutOff(contact))
        answers.withLock { $0 = true }
        try await eventually("it is asked again") { await !reach.isCutOff(contact) }
    }

    @Test("silence goes on from question to question, until something is heard")
    func goesOn() async throws {
        let reach = NodeReach(patience: .milliseconds(1200)) { _ in false }
        // Asked again after a second.
        try await eventually("it is cut off") { await reach.isCutOff(contact) }
        reach.heard(contact)
        #expect(await !reach.isCutOff(contact))
    }

    @Test("one that is silent for a moment is not given up")
    func patience() async {
        let reach = NodeReach(patience: .seconds(600)) { _ in false }
        #expect(await !reach.isCutOff(contact))
    }

    @Test("not more addresses are remembered than there are nodes")
    func bounded() async {
        let reach = NodeReach { _ in true }
        for port in 0..<1000 {
            #expect(await !reach.isCutOff(NodeContact(name: "", address: "http://127.0.0.1:\(port)")))
        }
        #expect(reach.count <= 256)
    }
}
