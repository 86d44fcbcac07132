internal import Logging
internal import Magma
internal import SessionModel

/// The session's journal: what is recorded, and when it is stored.
extension Session: LateSubmitter {
    /// Writes an event; the next ``store(_:move:with:)`` stores it.
    @discardableResult
    func record(_ body: SessionEvent.Body, cause: Int? = nil, turn: String? = nil) -> Int {
        let seq = buffer.record(body, at: eventTime(), cause: cause, turn: turn)
        switch body {
        case .turnFinished: turns.finish(turn)
        case .stateChanged(let patch): ledger.note(patch, by: turn, in: fold.state)
        default: break
        }
        return seq
    }

    /// The time of an event that is recorded now. Where several processes write a session one after another, no event is older than the
    /// one before it.
    func eventTime() -> Int64 {
        let now = services.time.now
        guard services.store.isShared else { return now }
        writing.latest = max(writing.latest, now)
        return writing.latest
    }

    /// What is to be stored.
    enum Content {
        /// Events, if there are any.
        case events
        /// The record, which has changed without an event, and events.
        case record
    }

    /// Returns when everything recorded up to now is stored, also what others recorded.
    ///
    /// - Parameters:
    ///   - move: how the list's row moves between the store and memory. It moves at the moment in which
    ///     the entry is stored, so that each session is counted exactly once.
    ///   - companion: what another session begins with; it is stored together with this one's, or neither is.
    /// - Throws: ``RuntimeError`` `store_failed`. Memory then differs from the store: the session is evicted, and the
    ///   next access reads it again.
    func store(_ content: Content = .events, move: RowMove? = nil, with companion: JournalEntry? = nil) async throws {
        // A copy that is looked at has nothing to store, and need not be this process's.
        if writing.epoch == nil {
            if buffer.isEmpty, content == .events, companion == nil { return try checkStorable() }
            try await claimOrEvict()
        }
        try submit(content, move: move, with: companion)
        do { try await waitUntilStored() } catch {
            evictFailed(error)
            throw error
        }
    }

    /// Stores the row of a session that is awake, where it is behind. Ignores the store's errors, which what is stored next throws.
    func storeRow() async {
        guard lifecycle.isAwake, writing.epoch != nil, writing.isStored, writing.row?.seq != fold.seq else { return }
        try? await store(.record)
    }

    /// As ``store(_:move:with:)``; nothing of this object may be stored after it.
    func storeLast() async throws {
        if writing.epoch == nil { try await claimOrEvict() }
        try submit(.record)
        writing.isClosed = true
        do { try await waitUntilStored() } catch {
            evictFailed(error)
            throw error
        }
    }

    private func claimOrEvict() async throws {
        // What still runs of a session that was deleted must not take the one of its id that came after it.
        try checkStorable()
        do { try await claim() } catch {
            evictFailed(error as? RuntimeError ?? .storeFailed(error))
            throw error
        }
    }

    /// Has everything recorded up to now stored within some milliseconds, or with what is stored next; when that fails,
    /// the next ``store(_:move:with:)`` throws it.
    func storeSoon() throws {
        try checkStorable()
        if !buffer.isEmpty { scheduleFlush() }
    }

    /// The same as ``storeSoon()`` where nothing more is expected: what was recorded is handed in, and the session is not asked for it.
    func submitSoon() throws {
        let isAsked = writing.queue.mustAsk
        try submit()
        // Who asks writes what was handed in meanwhile.
        if !isAsked { services.journal.requestFlush(of: self, on: writing.queue) }
    }

    /// Waits until everything recorded so far is stored, so that a history includes it. Ignores the store's errors,
    /// which go to the callers that recorded the events.
    func settle() async {
        guard lifecycle.isAwake else { return }
        try? submit()
        try? await waitUntilStored()
    }

    private func scheduleFlush() {
        if writing.queue.askForMore() { services.journal.requestFlush(of: self, on: writing.queue) }
    }

    func submitLate() {
        writing.queue.stopAsking()
        if evictIfUnstored() { return }
        // An inspector's change and the end of the session store their events themselves.
        guard lifecycle.isAwake else { return }
        if buffer.isEmpty { publishSummary() } else { try? submit() }
    }

    private func checkStorable() throws {
        if writing.isClosed || lifecycle.isGone { throw RuntimeError.sessionClosed(key) }
        if case .failed(let error) = lifecycle { throw error }
    }

    private func submit(_ content: Content = .events, move: RowMove? = nil, with companion: JournalEntry? = nil) throws
    {
        try checkStorable()
        if writing.logged > 0 { noteUnlogged() }
        writing.queue.stopAsking()
        guard !buffer.isEmpty || content == .record else { return }
        services.meter.count(.events, buffer.events.count)
        var whenStored: (@Sendable () -> Void)?
        switch move {
        case .toMemory: whenStored = { [directory, row = row()] in directory.index.update(row) }
        case .toStore: whenStored = { [directory, key] in directory.index.remove(key) }
        case nil: publishSummary()
        }
        let entry = entry(content, companion, whenStored: whenStored)
        writing.receipt = services.journal.enqueue(entry, on: writing.queue)
    }

    /// The same as ``store(_:move:with:)`` for a session that is not awake. If it fails, the events are dropped, but
    /// the fold keeps their changes.
    func storeOrForget() async throws {
        writing.receipt = services.journal.enqueue(entry(), on: writing.queue)
        do { try await waitUntilStored() } catch {
            let (isStored, before, latest) = (writing.isStored, writing.before, writing.latest)
            writing = SessionWriting(epoch: writing.epoch, isStored: isStored, before: before, latest: latest)
            throw error
        }
    }

    private func waitUntilStored() async throws(RuntimeError) {
        guard let receipt = writing.receipt else { return }
        do {
            try await services.journal.waitUntilStored(receipt)
            writing.isStored = true
        } catch {
            services.log.error("Events could not be stored", metadata: ["session": "\(key)", "error": "\(error)"])
            throw RuntimeError.storeFailed(error)
        }
    }

    /// Has the answer to a request with an idempotency key stored with the events that belong to it.
    func keep(_ answer: StoredResponse, to request: RequestKey) {
        buffer.keep(answer.answering(request), to: request.id, at: services.time.now)
    }

    /// The first journal entry of a new session; another session stores it with its own.
    func firstEntry() -> JournalEntry {
        entry { [directory, row = row()] in directory.index.update(row) }
    }

    /// - Parameter content: `record` when what else the row has may have changed.
    private func entry(
        _ content: Content = .record,
        _ companion: JournalEntry? = nil,
        whenStored: (@Sendable () -> Void)? = nil
    ) -> JournalEntry {
        let isAwake = presence.summary.status == .awake
        let awake = max(services.limits.checkpointEvents, fold.messages.count / 2)
        let least = isAwake ? awake : min(64, awake)
        let batch = buffer.take(checkpointEvery: least)
        let row = WrittenRow(
            seq: fold.seq,
            trouble: presence.summary.trouble,
            openTurns: turns.queue.unfinished,
            openHooks: buffer.openHooks
        )
        var record: SessionRecord?
        // Of one that sleeps or has ended lists show what is stored; those of other processes do so of all.
        let isWanted =
            services.store.hasOthers || content == .record || whenStored != nil || batch.checkpoint != nil || !isAwake
        if isWanted || row.isDue(after: writing.row) {
            record = self.record
            writing.row = row
        }
        return JournalEntry(
            key: key,
            epoch: writing.epoch ?? 0,
            events: batch.events,
            record: record,
            checkpoint: batch.checkpoint,
            answers: batch.answers,
            exchanges: batch.exchanges,
            companions: companion.map { [$0] } ?? [],
            encoded: services.store.encoded(batch.events, record),
            whenStored: whenStored
        )
    }

    /// The session as a store keeps it.
    var record: SessionRecord {
        var summary = presence.summary
        summary.seq = fold.seq
        summary.messages = fold.messages.count
        summary.doing = nil
        let paused = lanes.paused
        summary.paused = !paused.isEmpty
        return SessionRecord(
            summary: summary,
            state: fold.state,
            pausedJobs: paused,
            openTurns: turns.queue.unfinished,
            openHooks: buffer.openHooks,
            ticked: lanes.ticked,
            written: max(services.time.now, writing.latest)
        )
    }

    private func publishSummary() {
        guard presence.summary.status == .awake else { return }
        showActivity()
        directory.index.update(row())
    }

    /// The session as the list shows it.
    private func row() -> SessionEntry {
        var row = presence.row(fold, pausedJobs: lanes.paused)
        if services.store.isShared { row.summary.node = services.store.nodeName }
        return row
    }

    /// Traffic: puts off a temporary session's end.
    func touch() {
        let limits = services.limits
        presence.touch(now: services.time.now, uptime: services.time.uptime, retention: limits.sessions.temporary)
    }

    /// Shows what the session is doing, until it is finished; not what is over within some milliseconds.
    func begin(_ activity: String) {
        presence.begin(activity)
        scheduleFlush()
    }

    /// What the session was doing is over; the list hears of it with what is stored next.
    func finish(_ activity: String) {
        presence.finish(activity)
        if presence.isShown { showActivity() }
    }

    /// The same; the list hears of it now.
    func finishNow(_ activity: String) {
        finish(activity)
        publishSummary()
    }

    /// Tells those who follow the session what it does, unless they know.
    private func showActivity() {
        guard presence.show() else { return }
        services.feed.update(key) { $0.doing = presence.summary.doing }
    }
}
