internal import Synchronization

/// Brings the events of all sessions into the store: whoever comes while a write is under way waits for the next
/// one, which takes everything that has come up to then (group commit).
package final class Journal: Sendable {
    /// Tells when what was handed in is stored.
    struct Ticket: Sendable {
        fileprivate let batch: Int
    }

    private struct State {
        var pending: [JournalEntry] = []
        /// The batch that ``pending`` will be written as.
        var next = 1
        var written = 0
        var isWriting = false
        var failures: [Int: any Error] = [:]
        var waiting: [(batch: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let store: any JournalStore
    private let feed: EventFeed
    private let state = Mutex(State())

    init(store: any JournalStore, feed: EventFeed) {
        self.store = store
        self.feed = feed
    }

    /// How many entries wait to be stored.
    var lag: Int { state.withLock { $0.pending.count } }

    /// Puts events in line; they are stored in the order of these calls.
    func enqueue(_ entry: JournalEntry) -> Ticket {
        state.withLock { state in
            state.pending.append(entry)
            return Ticket(batch: state.next)
        }
    }

    /// Returns when what the ticket stands for is stored.
    ///
    /// - Throws: what the store threw for its batch.
    func written(_ ticket: Ticket) async throws {
        while let batch = takeBatch(for: ticket) {
            await write(batch.entries, as: batch.number)
        }
        try await finished(ticket)
    }

    /// The batch to write, if nobody else is writing and the ticket's is still to be written.
    private func takeBatch(for ticket: Ticket) -> (number: Int, entries: [JournalEntry])? {
        state.withLock { state in
            guard !state.isWriting, state.written < ticket.batch, !state.pending.isEmpty else { return nil }
            state.isWriting = true
            defer {
                state.pending = []
                state.next += 1
            }
            return (state.next, state.pending)
        }
    }

    private func write(_ entries: [JournalEntry], as number: Int) async {
        var failure: (any Error)?
        do { try await store.append(entries) } catch { failure = error }
        let (done, leader) = state.withLock { state in
            state.written = number
            state.isWriting = false
            let done = state.waiting.filter { $0.batch <= number }
            state.waiting.removeAll { $0.batch <= number }
            if let failure { state.failures[number] = failure }
            state.failures = state.failures.filter { $0.key > number - 64 }
            let leader = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            return (done, leader)
        }
        if failure == nil { feed.publish(entries.map(\.key)) }
        for waiter in done { waiter.continuation.resume(with: failure.map { .failure($0) } ?? .success(())) }
        leader?.continuation.resume(throwing: WriteYourself())
    }

    /// Waits for a batch that somebody else writes; the first of those who wait for a later one writes it.
    private func finished(_ ticket: Ticket) async throws {
        do {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if state.written >= ticket.batch {
                        return state.failures[ticket.batch].map { .failure($0) } ?? .success(())
                    }
                    guard state.isWriting else { return .failure(WriteYourself()) }
                    state.waiting.append((ticket.batch, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } catch is WriteYourself {
            try await written(ticket)
        }
    }

    private struct WriteYourself: Error {}
}
