internal import SessionModel
internal import Synchronization

/// Brings events of all sessions to the store, each session's in order. Events that come while a write is under way are
/// stored together by the next write.
package final class Journal: Sendable {
    /// What one holder of a session writes. Once a write of it has failed nothing later of it is stored, for that would
    /// leave a hole.
    final class Line: Sendable {
        fileprivate struct State {
            /// What is handed in and not yet being written.
            var entry: JournalEntry?
            /// How often something was handed in, and how much of that is stored, or failed.
            var (enqueued, written) = (0, 0)
            var failure: (any Error)?
            var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []

            var result: Result<Void, any Error> { failure.map { .failure($0) } ?? .success(()) }
        }

        fileprivate let state = Mutex(State())
    }

    /// Tells when what was handed in is stored.
    struct Ticket: Sendable {
        fileprivate let line: Line
        fileprivate let number: Int
    }

    private struct State {
        /// Lines that the next writes take.
        var lines: [Line] = []
        var isWriting = false
        /// Those who will soon be asked to hand in what nobody waits for.
        var patient: [@Sendable () async -> Void] = []
    }

    /// What one write takes.
    private struct Batch {
        /// Its lines, and up to which number of each.
        var lines: [(line: Line, number: Int)] = []
        /// What those have handed in of which no earlier write has failed, and whose of ``lines`` it is.
        var entries: [(entry: JournalEntry, line: Int)] = []
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

    /// Hands events in, for the next write; of one line they are stored in the order of these calls.
    func enqueue(_ entry: JournalEntry, on line: Line) -> Ticket {
        let (ticket, isFirst) = line.state.withLock { state in
            let isFirst = state.entry == nil
            if state.entry?.extend(with: entry) == nil { state.entry = entry }
            state.enqueued += 1
            return (Ticket(line: line, number: state.enqueued), isFirst)
        }
        if isFirst {
            handedIn.add(1, ordering: .relaxed)
            state.withLock { $0.lines.append(line) }
        }
        return ticket
    }

    /// Returns when what the ticket stands for is stored.
    ///
    /// - Throws: what the store threw for it, or for something earlier of its line.
    func written(_ ticket: Ticket) async throws {
        if let batch = nextBatch(begins: true) { await begin(with: batch) }
        let result = ticket.line.state.withLock { $0.written >= ticket.number ? $0.result : nil }
        if let result { return try result.get() }
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

    /// Asks for events that nobody waits for within some milliseconds, and writes what is handed in then. Most often
    /// they have been handed in by that time, with others of their session.
    func askSoon(_ handIn: @escaping @Sendable () async -> Void) {
        let isFirst = state.withLock { state in
            state.patient.append(handIn)
            return state.patient.count == 1
        }
        guard isFirst else { return }
        Task.detached {
            try? await Task.sleep(for: self.patience)
            let patient = self.state.withLock { state in
                defer { state.patient = [] }
                return state.patient
            }
            for handIn in patient { await handIn() }
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
            let lines = Array(state.lines.prefix(Self.batch))
            state.lines.removeFirst(lines.count)
            state.isWriting = !lines.isEmpty
            return lines
        }
        guard !lines.isEmpty else { return nil }
        handedIn.subtract(lines.count, ordering: .relaxed)
        var batch = Batch()
        for line in lines {
            line.state.withLock { state in
                if let entry = state.entry.take(), state.failure == nil {
                    batch.entries.append((entry, batch.lines.count))
                }
                batch.lines.append((line, state.enqueued))
            }
        }
        return batch
    }

    private func write(_ batch: Batch) async {
        var failures: [Int: any Error] = [:]
        await store(batch.entries[...], &failures)
        let stored = batch.entries.lazy.filter { failures[$0.line] == nil }.map(\.entry)
        for entry in stored { entry.whenStored?() }
        feed.publish(stored.map(\.key))
        for (index, item) in batch.lines.enumerated() {
            let (done, result) = item.line.state.withLock { state in
                state.written = item.number
                state.failure = state.failure ?? failures[index]
                let done = state.waiting.filter { $0.number <= item.number }
                if !done.isEmpty { state.waiting.removeAll { $0.number <= item.number } }
                return (done, state.result)
            }
            for waiter in done { waiter.continuation.resume(with: result) }
        }
    }
    /// Stores entries together. When the store refuses them it is for one of them, mostly, so they are tried by halves until
    /// that one is alone; not when the store as a whole does not take anything.
    ///
    /// - Parameter failures: takes why an entry was not stored, by its line.
    private func store(
        _ entries: ArraySlice<(entry: JournalEntry, line: Int)>,
        _ failures: inout [Int: any Error]
    ) async {
        guard !entries.isEmpty else { return }
        do { try await store.append(entries.map(\.entry)) } catch {
            guard entries.count > 1, (error as? RuntimeError)?.isOfWholeStore != true else {
                for entry in entries { failures[entry.line] = error }
                return
            }
            let middle = entries.startIndex + entries.count / 2
            await store(entries[..<middle], &failures)
            await store(entries[middle...], &failures)
        }
    }
}

extension RuntimeError {
    /// Whether a store would refuse anything: its disk is full, or does not answer.
    fileprivate var isOfWholeStore: Bool {
        ["store_full", "store_io", "store_locked", "store_read_only", "store_unopenable", "store_gone"].contains(code)
    }
}
