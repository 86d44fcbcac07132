import Synchronization
import TestSupport
import Testing

@testable import PostgresStore

@Suite("What is asked for while a request is under way", .timeLimit(.minutes(15)))
struct GatheringTests {
    private struct Failed: Error {}

    /// Requests so far; the first waits for the gate.
    private final class Requests: Sendable {
        let gate = Gate()
        private let log = Mutex<[[Int]]>([])
        var all: [[Int]] { log.withLock(\.self) }

        func ask(_ items: [Int]) async throws -> [Int: String] {
            let count = log.withLock { log in
                log.append(items.sorted())
                return log.count
            }
            if count == 1 { try await gate.pass() }
            if items.contains(7) { throw Failed() }
            return Dictionary(uniqueKeysWithValues: items.filter { $0 < 9 }.map { ($0, "\($0) by \(count)") })
        }
    }

    @Test("is asked for together with the next one; the same again with the one after it")
    func together() async throws {
        let requests = Requests()
        let answers = try await answers(of: Gathering(), by: requests, to: [1, 2, 3, 2, 9])
        #expect(answers == ["1 by 1", "2 by 2", "3 by 2", "2 by 3", nil])
        #expect(requests.all == [[1], [2, 3, 9], [2]])
    }

    @Test("is asked for once by all who wait for the same, where answers are shared")
    func shared() async throws {
        let requests = Requests()
        let answers = try await answers(of: Gathering(of: 2, isShared: true), by: requests, to: [1, 1, 2, 1, 3, 2])
        #expect(answers == ["1 by 1", "1 by 2", "2 by 2", "1 by 2", "3 by 3", "2 by 2"])
        #expect(requests.all == [[1], [1, 2], [3]])
    }

    /// Asks for the first item, and for the others one after another while that one is under way.
    private func answers(
        of gathering: Gathering<Int, String>,
        by requests: Requests,
        to items: [Int]
    ) async throws -> [String?] {
        var asked: [Task<String?, any Error>] = []
        for item in items {
            asked.append(Task { try await gathering.ask(for: item) { try await requests.ask($0) } })
            try await eventually("it is under way, or waits") {
                let waiting = await gathering.count
                return requests.gate.waiting == 1 && waiting == asked.count - 1
            }
        }
        requests.gate.open()
        var answers: [String?] = []
        for task in asked { answers.append(try await task.value) }
        return answers
    }

    @Test("fails together, and no other with it")
    func failure() async throws {
        let (gathering, requests) = (Gathering<Int, String>(), Requests())
        requests.gate.open()
        await #expect(throws: Failed.self) { _ = try await gathering.ask(for: 7) { try await requests.ask($0) } }
        #expect(try await gathering.ask(for: 8) { try await requests.ask($0) } == "8 by 2")
    }
}
