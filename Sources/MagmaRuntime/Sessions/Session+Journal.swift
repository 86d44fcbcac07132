internal import Logging
internal import Magma
internal import SessionModel
internal import Synchronization

/// The session's journal: what is recorded, and when it is stored for good.
extension Session {
    /// Writes an event; it is kept for good with the next ``store()``.
    @discardableResult
    func record(_ body: SessionEvent.Body, cause: Int? = nil, turn: String? = nil) -> Int {
        let event = buffer.record(body, at: services.time.now, cause: cause, turn: turn)
        switch body {
        case .turnFinished: turns.finish(turn)
        case .hookReceived: openHooks.append(event.seq)
        case .hookAnswered: openHooks.removeAll { $0 == cause }
        case .stateChanged(let patch) where turn != turnBase?.turn: turnBase?.state.take(patch, from: fold.state)
        default: break
        }
        return event.seq
    }

    /// Returns when everything recorded up to now is stored, also what others recorded.
    ///
    /// - Parameters:
    ///   - isChanged: whether the record has changed without an event, such as by a pause.
    ///   - isLast: whether nothing of this object may be stored after this.
    ///   - companion: what another session begins with; it is stored together with this one's, or neither is.
    ///   - move: how the list's row moves between the store and memory. It goes in the moment in which
    ///     the store has it, so that no session is counted twice or not at all.
    /// - Throws: ``RuntimeError`` `store_failed`; then the session is no longer what the store has, and the next one who
    ///   asks for it reads it anew.
    func store(
        isChanged: Bool = false,
        isLast: Bool = false,
        move: RowMove? = nil,
        with companion: JournalEntry? = nil
    ) async throws {
        try submit(isChanged: isChanged, move: move, with: companion)
        if isLast { isLeaving = true }
        do { try await waitUntilStored() } catch {
            evictFailed(error)
            throw error
        }
    }

    /// Has everything recorded up to now stored within some milliseconds, or with what is stored next; when that fails,
    /// the next ``store(isChanged:isLast:)`` throws it.
    func storeSoon() throws {
        try checkStorable()
        if !buffer.isEmpty { scheduleFlush() }
    }

    /// Returns when what it has told of itself so far is stored, so that a history has it. What cannot be stored is told to
    /// those whose it is.
    package func settle() async {
        guard lifecycle.isAwake else { return }
        try? submit()
        try? await waitUntilStored()
    }

    private func scheduleFlush() {
        guard !isLate.exchange(true, ordering: .relaxed) else { return }
        services.journal.requestFlush { if self.isLate.load(ordering: .relaxed) { await self.submitLate() } }
    }

    private func submitLate() {
        isLate.store(false, ordering: .relaxed)
        // Whoever changes a session by hand, or ends it, stores it as well.
        guard lifecycle.isAwake else { return }
        if buffer.isEmpty { publishSummary() } else { try? submit() }
    }

    private func checkStorable() throws {
        if isLeaving || lifecycle.isGone { throw RuntimeError.sessionClosed(key) }
        if case .failed(let error) = lifecycle { throw error }
    }

    private func submit(isChanged: Bool = false, move: RowMove? = nil, with companion: JournalEntry? = nil) throws {
        try checkStorable()
        if logged > 0 { noteUnlogged() }
        isLate.store(false, ordering: .relaxed)
        guard !buffer.isEmpty || isChanged else { return }
        services.meter.count(.events, buffer.events.count)
        var entry = entry()
        if let companion { entry.companions.append(companion) }
        switch move {
        case .toMemory: entry.whenStored = { [directory, row = row()] in directory.index.update(row) }
        case .toStore: entry.whenStored = { [directory, key] in directory.index.remove(key) }
        case nil: publishSummary()
        }
        lastReceipt = services.journal.enqueue(entry, on: writeQueue)
    }

    /// The same as ``store(isChanged:isLast:)`` for a session that is only looked at: when it fails the events are as if they had not been recorded,
    /// but for the fold.
    func storeOrForget() async throws {
        lastReceipt = services.journal.enqueue(entry(), on: writeQueue)
        do { try await waitUntilStored() } catch {
            lastReceipt = nil
            writeQueue = Journal.WriteQueue()
            throw error
        }
    }

    private func waitUntilStored() async throws(RuntimeError) {
        guard let lastReceipt else { return }
        do {
            try await services.journal.waitUntilStored(lastReceipt)
            isStored = true
        } catch {
            services.log.error("Events could not be stored", metadata: ["session": "\(key)", "error": "\(error)"])
            throw RuntimeError.storeFailed(error)
        }
    }

    /// Has an exchange stored with the events that belong to it.
    func keep(_ exchange: Exchange) { buffer.keep(exchange) }

    /// Has the answer to a request with an idempotency key stored with the events that belong to it.
    func keep(_ answer: StoredResponse, to request: RequestKey) {
        buffer.keep(answer.answering(request), to: request.id, at: services.time.now)
    }

    /// What a new session begins with, for another one to have it stored.
    func firstEntry() -> JournalEntry {
        var entry = entry()
        entry.whenStored = { [directory, row = row()] in directory.index.update(row) }
        return entry
    }

    private func entry() -> JournalEntry {
        let awake = max(services.limits.checkpointEvents, fold.messages.count / 2)
        let least = summary.status == .awake ? awake : min(64, awake)
        let batch = buffer.take(checkpointEvery: least)
        var entry = JournalEntry(
            key: key,
            events: batch.events,
            record: record,
            checkpoint: batch.checkpoint,
            answers: batch.answers,
            exchanges: batch.exchanges
        )
        entry.encoded = services.store.encoded(entry)
        return entry
    }

    /// The session as a store keeps it.
    var record: SessionRecord {
        var summary = summary
        summary.seq = fold.seq
        summary.messages = fold.messages.count
        summary.doing = nil
        let paused = lanes.paused
        summary.paused = !paused.isEmpty
        return SessionRecord(
            summary: summary,
            state: fold.state,
            pausedJobs: paused,
            openTurns: turns.unfinished,
            openHooks: openHooks,
            written: services.time.now
        )
    }

    /// What is in memory is no longer what is stored: it is let go, and the next one who asks reads what is stored.
    private func evictFailed(_ error: RuntimeError) {
        guard !hasFailed else { return }
        buffer.forget()
        for task in turnTasks.values { task.cancel() }
        clients?.finish()
        lifecycle.fail(error)
        directory.remove(self)
        if !isStored { directory.index.remove(key) }
    }

    func publishSummary() {
        guard summary.status == .awake else { return }
        showActivity()
        directory.index.update(row())
    }

    /// The session as the list shows it.
    private func row() -> SessionEntry {
        summary.seq = fold.seq
        summary.messages = fold.messages.count
        let paused = lanes.paused
        summary.paused = !paused.isEmpty
        return SessionEntry(summary: summary, state: fold.state, pausedJobs: paused, used: used, ends: ends)
    }

    /// Traffic: puts off a temporary session's end.
    func touch() {
        summary.active = services.time.now
        used = services.time.uptime
        if kind == .temporary, !hasEnded {
            summary.expires = summary.active + services.limits.temporaryRetention
            ends = used + Double(services.limits.temporaryRetention)
        }
    }

    /// Shows what the session is doing, until ``finish(_:isStoredNext:)``; not what is over within some milliseconds.
    func begin(_ activity: String) {
        activities.append(activity)
        summary.doing = activity
        scheduleFlush()
    }

    /// - Parameter isStoredNext: what is stored now shows it too.
    func finish(_ activity: String, isStoredNext: Bool = false) {
        if let index = activities.lastIndex(of: activity) { activities.remove(at: index) }
        summary.doing = activities.last
        if shownActivity != nil { showActivity() }
        if !isStoredNext { publishSummary() }
    }

    /// Tells those who follow the session what it does, unless they know.
    private func showActivity() {
        guard summary.doing != shownActivity else { return }
        shownActivity = summary.doing
        services.feed.update(key) { $0.doing = shownActivity }
    }
}

/// Where the list's row of a session goes.
enum RowMove {
    case toMemory, toStore
}

extension JSON.Object {
    /// Takes the fields over that a patch has changed.
    mutating func take(_ patch: JSONPatch, from state: JSON) {
        for step in patch.steps { if let name = step.path.pieces.first { self[name] = state[name] } }
    }
}
