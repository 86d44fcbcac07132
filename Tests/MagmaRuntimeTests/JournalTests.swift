import Inspection
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Journal", .timeLimit(.minutes(15)))
struct JournalTests {
    @Test("what comes while a write is under way is stored together by the next one")
    func groupCommit() async throws {
        let store = HeldStore()
        let journal = Journal(store: store, feed: EventFeed())
        let queues = (0...20).map { _ in Journal.WriteQueue() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let first = journal.enqueue(entry("s1", 1), on: queues[1])
            group.addTask { try await journal.waitUntilStored(first) }
            try await eventually("the first write is under way") { store.gate.waiting == 1 }
            for number in 2...20 {
                let receipt = journal.enqueue(entry("s\(number)", 1), on: queues[number])
                group.addTask { try await journal.waitUntilStored(receipt) }
            }
            store.gate.open()
            try await group.waitForAll()
        }
        #expect(store.batches.map(\.count) == [1, 19])
        #expect(store.batches.flatMap { $0.flatMap(\.events) }.count == 20)
    }

    @Test("a caller that waits for a failed write gets its error, and later writes go on")
    func failure() async throws {
        let store = HeldStore()
        store.gate.open()
        store.fails.withLock { $0 = true }
        let journal = Journal(store: store, feed: EventFeed())
        let (queue, other) = (Journal.WriteQueue(), Journal.WriteQueue())
        let lost = journal.enqueue(entry("a", 1), on: queue)
        await #expect(throws: HeldStore.Full.self) { try await journal.waitUntilStored(lost) }
        store.fails.withLock { $0 = false }
        try await journal.waitUntilStored(journal.enqueue(entry("b", 1), on: other))
        // What follows on it would leave a hole.
        let later = journal.enqueue(entry("a", 2), on: queue)
        await #expect(throws: HeldStore.Full.self) { try await journal.waitUntilStored(later) }
        #expect(store.batches.flatMap { $0 }.map(\.key.session) == ["b"])
    }

    @Test("the list's rows move when the store has them: not before, and not for what was refused")
    func moves() async throws {
        let (store, index) = (HeldStore(), SessionIndex())
        let journal = Journal(store: store, feed: EventFeed())
        func moving(_ name: String) -> JournalEntry {
            let entry = entry(name, 1)
            let summary = SessionSummary(key: entry.key, kind: .lasting, created: 1, origin: .chat)
            return JournalEntry(key: entry.key, events: entry.events) {
                index.update(SessionEntry(summary: summary, state: [:], pausedJobs: []))
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let receipt = journal.enqueue(moving("a"), on: Journal.WriteQueue())
            group.addTask { try await journal.waitUntilStored(receipt) }
            try await eventually("the write is under way") { store.gate.waiting == 1 }
            #expect(index.counts.all == 0)
            store.gate.open()
            try await group.waitForAll()
        }
        #expect(index.counts.awake == 1)
        store.fails.withLock { $0 = true }
        let refused = journal.enqueue(moving("b"), on: Journal.WriteQueue())
        await #expect(throws: HeldStore.Full.self) { try await journal.waitUntilStored(refused) }
        #expect(index.counts.awake == 1)
    }

    @Test(
        "what is refused of one session fails that one alone, however many are stored with it",
        arguments: [1, 2, 13, 40]
    )
    func culprits(count: Int) async throws {
        let store = RefusingStore(refused: Set((1...count).filter { $0 % 13 == 0 || count < 3 }.map { "s\($0)" }))
        let journal = Journal(store: store, feed: EventFeed())
        let queues = (0...count).map { _ in Journal.WriteQueue() }
        let receipts = (1...count).map { journal.enqueue(entry("s\($0)", 1), on: queues[$0]) }
        for (number, receipt) in zip(1..., receipts) {
            if store.refused.contains("s\(number)") {
                await #expect(throws: RefusingStore.Refused.self) { try await journal.waitUntilStored(receipt) }
            } else {
                try await journal.waitUntilStored(receipt)
            }
        }
        #expect(store.stored.sorted() == (1...count).map { "s\($0)" }.filter { !store.refused.contains($0) }.sorted())
    }

    @Test("a disk that is full is not tried again for each session")
    func wholeStore() async throws {
        let store = RefusingStore(refused: [], whole: RuntimeError(.unavailable, "store_full", "full"))
        let journal = Journal(store: store, feed: EventFeed())
        let receipts = (1...32).map { journal.enqueue(entry("s\($0)", 1), on: Journal.WriteQueue()) }
        for receipt in receipts {
            await #expect(throws: RuntimeError.self) { try await journal.waitUntilStored(receipt) }
        }
        #expect(store.tries == 1)
    }

    @Test("what one session hands in before it is stored goes as one")
    func together() async throws {
        let store = HeldStore()
        store.gate.open()
        let journal = Journal(store: store, feed: EventFeed())
        let queue = Journal.WriteQueue()
        _ = journal.enqueue(entry("a", 1), on: queue)
        try await journal.waitUntilStored(journal.enqueue(entry("a", 2), on: queue))
        #expect(store.batches.map { $0.map { $0.events.map(\.seq) } } == [[[1, 2]]])
        #expect(journal.lag == 0)
    }

    @Test("what nobody waits for is asked for after a while, and written")
    func patience() async throws {
        let store = HeldStore()
        store.gate.open()
        let journal = Journal(store: store, feed: EventFeed())
        for name in ["a", "b"] {
            let queue = Journal.WriteQueue()
            #expect(queue.askForMore())
            let late = Late { _ = journal.enqueue(self.entry(name, 1), on: queue) }
            journal.requestFlush(of: late, on: queue)
        }
        let handedIn = Journal.WriteQueue()
        #expect(handedIn.askForMore())
        handedIn.stopAsking()
        journal.requestFlush(of: Late { Issue.record("it was handed in meanwhile") }, on: handedIn)
        try await eventually("both are stored") { store.batches.flatMap { $0.map(\.key.session) } == ["a", "b"] }
        #expect(journal.lag == 0)
    }

    @Test("however many sessions are stored at once, one write takes some of them, and each is stored once")
    func crowd() async throws {
        let store = HeldStore()
        let journal = Journal(store: store, feed: EventFeed())
        let receipts = (1...5000).map { number in
            journal.enqueue(entry("s\(number)", 1), on: Journal.WriteQueue())
        }
        #expect(journal.lag == 5000)
        store.gate.open()
        for receipt in receipts { try await journal.waitUntilStored(receipt) }
        #expect(journal.lag == 0)
        #expect(store.batches.map(\.count) == [2048, 2048, 904])
        #expect(Set(store.batches.flatMap { $0.map(\.key) }).count == 5000)
    }

    @Test("a follower is woken by its own session only, once for many events")
    func feed() async throws {
        let feed = EventFeed()
        let key = SessionKey(agent: "a", session: "s")
        let follower = feed.follow(key)
        feed.publish([SessionKey(agent: "a", session: "other")])
        feed.publish([key])
        feed.publish([key])
        feed.unfollow(key, follower)
        var wakes = 0
        for await _ in follower.wakes { wakes += 1 }
        #expect(wakes == 1)
    }

    @Test("the memory store keeps the newest events within its bound")
    func bound() async throws {
        var limits = MemoryStore.Limits()
        limits.events = 10
        let store = MemoryStore(limits: limits)
        for number in 1...25 {
            var entry = entry("a", number)
            if number % 5 == 0 {
                var checkpoint = SessionFold()
                checkpoint.seq = number
                entry = entry.with(checkpoint: checkpoint)
            }
            try await store.appendAll([entry])
        }
        let key = SessionKey(agent: "p", session: "a")
        #expect(try await store.firstSeq(of: key) == 16)
        #expect(try await store.events(of: key, after: 20, limit: 3).map(\.seq) == [21, 22, 23])
        #expect(try await store.events(of: key, before: 20, limit: 2).map(\.seq) == [18, 19])
        #expect(try await store.events(of: key, after: 3, limit: 2).map(\.seq) == [16, 17])
    }

    private func entry(_ session: String, _ seq: Int) -> JournalEntry {
        JournalEntry(
            key: SessionKey(agent: "p", session: session),
            events: [SessionEvent(seq: seq, at: 0, body: .log(level: "info", text: "x"))]
        )
    }
}

/// A store that refuses entries of some sessions, or all of them together.
private final class RefusingStore: JournalStore {
    struct Refused: Error {}

    let refused: Set<String>
    private let whole: (any Error)?
    private let state = Mutex((stored: [String](), tries: 0))

    init(refused: Set<String>, whole: (any Error)? = nil) {
        self.refused = refused
        self.whole = whole
    }

    var stored: [String] { state.withLock(\.stored) }
    var tries: Int { state.withLock(\.tries) }

    func append(_ entries: [JournalEntry]) async throws -> [Int: any Error] {
        let names = entries.map(\.key.session)
        return try state.withLock { state in
            state.tries += 1
            if let whole { throw whole }
            state.stored += names.filter { !refused.contains($0) }
            let refusals = names.indices.filter { refused.contains(names[$0]) }
            return Dictionary(uniqueKeysWithValues: refusals.map { ($0, Refused()) })
        }
    }
}

/// A store whose writes wait at a gate, and fail on request.
private final class HeldStore: JournalStore {
    struct Full: Error {}

    let gate = Gate()
    let fails = Mutex(false)
    private let stored = Mutex<[[JournalEntry]]>([])

    var batches: [[JournalEntry]] { stored.withLock { $0 } }

    func append(_ entries: [JournalEntry]) async throws -> [Int: any Error] {
        try await gate.pass()
        if fails.withLock({ $0 }) { throw Full() }
        stored.withLock { $0.append(entries) }
        return [:]
    }
}

private struct Late: LateSubmitter {
    let submit: @Sendable () -> Void

    func submitLate() async { submit() }
}
