internal import SessionModel
internal import Synchronization

/// Hands in, when the journal asks for them, events that nobody waits for.
protocol LateSubmitter: Sendable {
    func submitLate() async
}

/// Brings events of all sessions to the store, each session's in order. Events that come while a write is under way are
/// stored together by the next write.
package final class Journal: Sendable {
    /// What one holder of a session writes. Once a write of it has failed nothing later of it is stored, for that would
    /// leave a hole.
    final class WriteQueue: Sendable {
        fileprivate struct State {
            /// What is handed in and not yet being written.
            var entry: JournalEntry?
            /// How often something was handed in, and how much of that is stored, or failed.
            var (enqueued, written) = (0, 0)
            var failure: (any Error)?
            var waiting: [(number: Int, promise: Promise<Void, any Error>)] = []

            /// Those who wait for what is written up to a number.
            mutating func takeWaiting(upTo number: Int) -> [(number: Int, promise: Promise<Void, any Error>)] {
                guard waiting.allSatisfy({ $0.number <= number }) else {
                    defer { waiting.removeAll { $0.number <= number } }
                    return waiting.filter { $0.number <= number }
                }
                // Mostly all of them; no memory is kept.
                defer { waiting = [] }
                return waiting
            }

            var result: Result<Void, any Error> { failure.map { .failure($0) } ?? .success(()) }

            /// Whether what was handed in is stored, or a promise of that.
            mutating func outcome(of number: Int) -> Outcome {
                if written >= number { return .known(result) }
                let promise = Promise<Void, any Error>()
                waiting.append((number, promise))
                return .promised(promise)
            }
        }

        fileprivate enum Outcome {
            case known(Result<Void, any Error>)
            case promised(Promise<Void, any Error>)
        }

        fileprivate let state = Mutex(State())
        /// Whether the journal must request a flush, because recorded events were not submitted yet.
        private let isLate = Atomic(false)

        /// Why nothing more of it is stored.
        var failure: (any Error)? { state.withLock(\.failure) }

        /// Whether the journal is to ask.
        var mustAsk: Bool { isLate.load(ordering: .relaxed) }

        /// Requests a flush. Returns whether none was requested before.
        func askForMore() -> Bool { !isLate.exchange(true, ordering: .relaxed) }

        func stopAsking() { isLate.store(false, ordering: .relaxed) }
    }

    /// Tells when what was handed in is stored.
    struct Receipt: Sendable {
        fileprivate let queue: WriteQueue
        fileprivate let number: Int
    }

    private struct State {
        /// Queues that the next writes take.
        var queues: [WriteQueue] = []
        var isWriting = false
        /// Those who have events that nobody waits for.
        var late: [(submitter: any LateSubmitter, queue: WriteQueue)] = []
    }

    /// What one write takes.
    private struct Batch {
        /// Its queues, and up to which number of each.
        var queues: [(queue: WriteQueue, number: Int)] = []
        /// The entries of the queues that have not failed, each with the index of its queue in ``queues``.
        var entries: [(entry: JournalEntry, queue: Int)] = []
    }

    /// Maximum sessions per transaction. Bounds how long a late arrival waits.
    private static let batch = 2048

    private let store: any JournalStore
    private let feed: EventFeed
    private let patience: Duration
    private let state = Mutex(State())
    private let handedIn = Atomic(0)

    /// - Parameter patience: how long events that nobody waits for may stay with their session, for others to come.
    init(store: any JournalStore, feed: EventFeed, patience: Duration = .milliseconds(20)) {
        self.store = store
        self.feed = feed
        self.patience = patience
    }

    /// How many sessions wait to be stored.
    var lag: Int { handedIn.load(ordering: .relaxed) }

    /// Hands events in, for the next write; of one queue they are stored in the order of these calls.
    func enqueue(_ entry: JournalEntry, on queue: WriteQueue) -> Receipt {
        let (receipt, isFirst) = queue.state.withLock { state in
            let isFirst = state.entry == nil
            state.entry = state.entry?.extended(with: entry) ?? entry
            state.enqueued += 1
            return (Receipt(queue: queue, number: state.enqueued), isFirst)
        }
        if isFirst {
            handedIn.add(1, ordering: .relaxed)
            state.withLock { $0.queues.append(queue) }
        }
        return receipt
    }

    /// Returns when what the receipt stands for is stored.
    ///
    /// - Throws: what the store threw for it, or for something earlier of its queue.
    func waitUntilStored(_ receipt: Receipt) async throws {
        if let batch = nextBatch(begins: true) {
            if store.isImmediate {
                // Memory is written by who waits for it; a disk by a task of its own, which no session holds up.
                await write(batch)
                if let next = nextBatch(begins: false) { goOn(with: next) }
            } else {
                goOn(with: batch)
            }
        }
        switch receipt.queue.state.withLock({ $0.outcome(of: receipt.number) }) {
        case .known(let result): try result.get()
        case .promised(let promise): try await promise.value
        }
    }

    private func goOn(with batch: Batch) { Task.detached { await self.writeAll(batch) } }

    /// Asks for events that nobody waits for within some milliseconds, and writes what is handed in then. Most often
    /// they have been handed in by that time, with others of their session.
    func requestFlush(of submitter: any LateSubmitter, on queue: WriteQueue) {
        let isFirst = state.withLock { state in
            state.late.append((submitter, queue))
            return state.late.count == 1
        }
        guard isFirst else { return }
        Task.detached {
            try? await Task.sleep(for: self.patience)
            let late = self.state.withLock { state in
                defer { state.late = [] }
                return state.late
            }
            for (submitter, queue) in late where queue.mustAsk { await submitter.submitLate() }
            if let batch = self.nextBatch(begins: true) { await self.writeAll(batch) }
            // Nobody waits for it, so that nobody would hear that it was not stored.
            for (submitter, queue) in late where queue.failure != nil { await submitter.submitLate() }
        }
    }

    private func writeAll(_ first: Batch) async {
        var batch: Batch? = first
        while let next = batch {
            await write(next)
            batch = nextBatch(begins: false)
        }
    }

    /// What to write next; `nil` when there is nothing, or when somebody else writes.
    ///
    /// - Parameter begins: whether the caller starts to write. If `false` and nothing is left, writing stops.
    private func nextBatch(begins: Bool) -> Batch? {
        let queues = state.withLock { state -> [WriteQueue] in
            guard !begins || !state.isWriting else { return [] }
            let queues = Array(state.queues.prefix(Self.batch))
            state.queues.removeFirst(queues.count)
            state.isWriting = !queues.isEmpty
            return queues
        }
        guard !queues.isEmpty else { return nil }
        handedIn.subtract(queues.count, ordering: .relaxed)
        var batch = Batch()
        for queue in queues {
            queue.state.withLock { state in
                if let entry = state.entry.take(), state.failure == nil {
                    batch.entries.append((entry, batch.queues.count))
                }
                batch.queues.append((queue, state.enqueued))
            }
        }
        return batch
    }

    private func write(_ batch: Batch) async {
        var failures: [Int: any Error] = [:]
        do {
            for (index, error) in try await store.append(batch.entries.map(\.entry)) {
                failures[batch.entries[index].queue] = error
            }
        } catch { for entry in batch.entries { failures[entry.queue] = error } }
        let stored = batch.entries.lazy.filter { failures[$0.queue] == nil }.map(\.entry)
        for entry in stored {
            entry.whenStored?()
            for companion in entry.companions { companion.whenStored?() }
        }
        feed.publish(stored.lazy.map(\.key))
        for (index, item) in batch.queues.enumerated() {
            let (done, result) = item.queue.state.withLock { state in
                state.written = item.number
                state.failure = state.failure ?? failures[index]
                return (state.takeWaiting(upTo: item.number), state.result)
            }
            for waiter in done { waiter.promise.finish(result) }
        }
    }
}
