internal import SessionModel
internal import Synchronization

/// Brings events of all sessions to the store, each session's in order: whoever waits to be stored while a write is under
/// way is stored together with the others by the next one.
package final class Journal: Sendable {
    /// What one holder of a session writes. Once a write of it has failed nothing later of it is stored, for that would
    /// leave a hole.
    final class Line: Sendable {
        fileprivate struct State {
            /// What is handed in and not yet being written.
            var entry: JournalEntry?
            /// Whether the next write takes it.
            var isUrgent = false
            /// How often something was handed in, and how much of that is stored, or failed.
            var (enqueued, written) = (0, 0)
            var failure: (any Error)?
            var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []

            var result: Result<Void, any Error> { failure.map { .failure($0) } ?? .success(()) }
        }

        fileprivate let state = Mutex(State())

        /// Whether there is something that the next write would not have taken, and takes now.
        fileprivate func promote() -> Bool {
            state.withLock { state in
                guard state.entry != nil, !state.isUrgent else { return false }
                state.isUrgent = true
                return true
            }
        }
    }

    /// Tells when what was handed in is stored.
    struct Ticket: Sendable {
        fileprivate let line: Line
        fileprivate let number: Int
    }

    private struct State {
        /// Lines that the next write takes.
        var urgent: [Line] = []
        /// Lines that nobody waited for when something was handed in.
        var patient: [Line] = []
        var isWriting = false
    }

    /// What one write takes: its lines, what each has handed in, and up to which number.
    private typealias Batch = [(line: Line, entry: JournalEntry, number: Int)]

    /// Sessions that are stored by one write: who comes after them waits no longer than for so many.
    private static let batch = 2048

    private let store: any JournalStore
    private let feed: EventFeed
    private let patience: Duration
    private let state = Mutex(State())
    private let handedIn = Atomic(0)

    /// - Parameter patience: how long events that nobody waits for may wait for others of their session.
    init(store: any JournalStore, feed: EventFeed, patience: Duration = .milliseconds(5)) {
        self.store = store
        self.feed = feed
        self.patience = patience
    }

    /// How many sessions wait to be stored.
    var lag: Int { handedIn.load(ordering: .relaxed) }

    /// Hands events in; of one line they are stored in the order of these calls.
    ///
    /// - Parameter isUrgent: whether somebody is going to wait for it with ``written(_:)``; if not, it is stored within a
    ///   few milliseconds, together with what the line hands in until then.
    func enqueue(_ entry: JournalEntry, on line: Line, isUrgent: Bool) -> Ticket {
        let (ticket, isFirst, isPromoted) = line.state.withLock { state in
            let isFirst = state.entry == nil
            if state.entry?.extend(with: entry) == nil { state.entry = entry }
            state.enqueued += 1
            let isPromoted = isUrgent && !state.isUrgent
            if isUrgent { state.isUrgent = true }
            return (Ticket(line: line, number: state.enqueued), isFirst, isPromoted)
        }
        if isFirst { handedIn.add(1, ordering: .relaxed) }
        if isPromoted { state.withLock { $0.urgent.append(line) } } else if isFirst { writeSoon(line) }
        return ticket
    }

    /// Returns when what the ticket stands for is stored.
    ///
    /// - Throws: what the store threw for it, or for something earlier of its line.
    func written(_ ticket: Ticket) async throws {
        if ticket.line.promote() { state.withLock { $0.urgent.append(ticket.line) } }
        if let batch = nextBatch(begins: true) { await begin(with: batch) }
        try await withCheckedThrowingContinuation { continuation in
            let result = ticket.line.state.withLock { state -> Result<Void, any Error>? in
                if state.written >= ticket.number { return state.result }
                state.waiting.append((ticket.number, continuation))
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Whoever comes while nothing is written writes what there is, if that waits for nothing; what has come meanwhile,
    /// and what waits for a disk, is not for a session to write, which may have other things to do.
    private func begin(with batch: Batch) async {
        if store.isImmediate {
            await write(batch)
            guard let next = nextBatch(begins: false) else { return }
            Task.detached { await self.writeAll(next) }
        } else {
            Task.detached { await self.writeAll(batch) }
        }
    }

    /// Has the line stored within a few milliseconds.
    private func writeSoon(_ line: Line) {
        let isFirst = state.withLock { state in
            state.patient.append(line)
            return state.patient.count == 1
        }
        guard isFirst else { return }
        Task.detached {
            try? await Task.sleep(for: self.patience)
            let lines = self.state.withLock { state in
                defer { state.patient = [] }
                return state.patient
            }
            let promoted = lines.filter { $0.promote() }
            self.state.withLock { $0.urgent += promoted }
            if let batch = self.nextBatch(begins: true) { await self.writeAll(batch) }
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
    /// - Parameter begins: whether the caller has not written yet; if it has, and there is no more, nobody writes then.
    private func nextBatch(begins: Bool) -> Batch? {
        let lines = state.withLock { state -> [Line] in
            guard !begins || !state.isWriting else { return [] }
            let lines = Array(state.urgent.prefix(Self.batch))
            state.urgent.removeFirst(lines.count)
            state.isWriting = !lines.isEmpty
            return lines
        }
        guard !lines.isEmpty else { return nil }
        handedIn.subtract(lines.count, ordering: .relaxed)
        return lines.compactMap { line in
            line.state.withLock { state in
                state.isUrgent = false
                return state.entry.take().map { (line, $0, state.enqueued) }
            }
        }
    }

    private func write(_ batch: Batch) async {
        let sound = batch.filter { item in item.line.state.withLock { $0.failure == nil } }
        do {
            if !sound.isEmpty { try await store.append(sound.map(\.entry)) }
            feed.publish(sound.lazy.map(\.entry.key))
        } catch {
            for item in sound { item.line.state.withLock { $0.failure = error } }
        }
        for item in batch {
            let (done, result) = item.line.state.withLock { state in
                state.written = item.number
                let done = state.waiting.filter { $0.number <= item.number }
                if !done.isEmpty { state.waiting.removeAll { $0.number <= item.number } }
                return (done, state.result)
            }
            for waiter in done { waiter.continuation.resume(with: result) }
        }
    }
}
