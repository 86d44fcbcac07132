internal import SessionModel
internal import Synchronization

/// Brings events of all sessions to the store, in order: whoever waits to be stored while a write is under way is stored
/// together with the others by the next one.
package final class Journal: Sendable {
    /// What one holder of a session writes. Once a write of it has failed nothing later of it is stored, for that would
    /// leave a hole.
    final class Line: Sendable {
        private let failed = Mutex<(any Error)?>(nil)

        var failure: (any Error)? { failed.withLock { $0 } }

        fileprivate func fail(_ error: any Error) { failed.withLock { $0 = $0 ?? error } }
    }

    /// Tells when what was handed in is stored.
    struct Ticket: Sendable {
        fileprivate let batch: Int
        fileprivate let line: Line
    }

    private struct State {
        var pending: [(entry: JournalEntry, line: Line)] = []
        /// Where in ``pending`` the entry of a line is.
        var places: [ObjectIdentifier: Int] = [:]
        /// The batch that ``pending`` will be written as.
        var next = 1
        var written = 0
        var isWriting = false
        /// Whether someone will see to it that what nobody waits for is written.
        var isSeenTo = false
        var waiting: [(ticket: Ticket, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    /// How long events that nobody waits for may wait for others.
    private static let patience = Duration.milliseconds(5)

    private let store: any JournalStore
    private let feed: EventFeed
    private let state = Mutex(State())

    init(store: any JournalStore, feed: EventFeed) {
        self.store = store
        self.feed = feed
    }

    /// How many sessions wait to be stored.
    var lag: Int { state.withLock { $0.pending.count } }

    /// Puts events in line; of one session they are stored in the order of these calls.
    func enqueue(_ entry: JournalEntry, on line: Line) -> Ticket {
        state.withLock { state in
            if let place = state.places[ObjectIdentifier(line)] {
                state.pending[place].entry.extend(with: entry)
            } else {
                state.places[ObjectIdentifier(line)] = state.pending.count
                state.pending.append((entry, line))
            }
            return Ticket(batch: state.next, line: line)
        }
    }

    /// Has what was put in line stored within a few milliseconds, without anybody waiting for it.
    func writeSoon() {
        let mustSee = state.withLock { state in
            defer { state.isSeenTo = true }
            return !state.isSeenTo
        }
        guard mustSee else { return }
        Task {
            try? await Task.sleep(for: Self.patience)
            let ticket = state.withLock { state in
                state.isSeenTo = false
                return state.pending.last.map { Ticket(batch: state.next, line: $0.line) }
            }
            if let ticket { try? await written(ticket) }
        }
    }

    /// Returns when what the ticket stands for is stored.
    ///
    /// - Throws: what the store threw for its batch, or for an earlier one of its line.
    func written(_ ticket: Ticket) async throws {
        while let batch = takeBatch(for: ticket) {
            await write(batch.items, as: batch.number)
        }
        try await finished(ticket)
    }

    /// The batch to write, if nobody else is writing and the ticket's is still to be written.
    private func takeBatch(for ticket: Ticket) -> (number: Int, items: [(entry: JournalEntry, line: Line)])? {
        state.withLock { state in
            guard !state.isWriting, state.written < ticket.batch, !state.pending.isEmpty else { return nil }
            state.isWriting = true
            defer {
                // The next batch is likely to be about as large.
                let size = state.pending.count
                state.pending = []
                state.pending.reserveCapacity(size)
                state.places.removeAll(keepingCapacity: true)
                state.next += 1
            }
            return (state.next, state.pending)
        }
    }

    private func write(_ items: [(entry: JournalEntry, line: Line)], as number: Int) async {
        let items = items.filter { $0.line.failure == nil }
        let entries = items.map(\.entry)
        do {
            if !entries.isEmpty { try await store.append(entries) }
            feed.publish(entries.lazy.map(\.key))
        } catch {
            items.forEach { $0.line.fail(error) }
        }
        let (done, leader) = state.withLock { state in
            state.written = number
            state.isWriting = false
            let done = state.waiting.filter { $0.ticket.batch <= number }
            state.waiting.removeAll { $0.ticket.batch <= number }
            let leader = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            return (done, leader)
        }
        for waiter in done { waiter.continuation.resume(with: waiter.ticket.result) }
        leader?.continuation.resume(throwing: WriteYourself())
    }

    /// Waits for a batch that somebody else writes; the first of those who wait for a later one writes it.
    private func finished(_ ticket: Ticket) async throws {
        do {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if state.written >= ticket.batch { return ticket.result }
                    guard state.isWriting else { return .failure(WriteYourself()) }
                    state.waiting.append((ticket, continuation))
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

extension Journal.Ticket {
    /// What became of a ticket whose batch was written.
    fileprivate var result: Result<Void, any Error> { line.failure.map { .failure($0) } ?? .success(()) }
}
