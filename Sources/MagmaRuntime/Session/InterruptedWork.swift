internal import Magma
internal import SessionModel

/// Turns, hooks and ticks of a session that were running when the runtime stopped. Their changes to context and state
/// are taken back.
struct InterruptedWork {
    let session: Session

    func bringToAnEnd() async throws { try await bringToAnEnd(on: session) }

    /// Brings it to an end, in events.
    ///
    /// - Throws: what the store threw; then the session is as it was.
    private func bringToAnEnd(on session: isolated Session) async throws {
        try await session.claim()
        let before = (buffer: session.buffer, lanes: session.lanes, turns: session.turns)
        try await takeBack(on: session)
        closeTicks(on: session)
        session.turns.finishAll()
        guard session.fold.seq > before.buffer.fold.seq else { return }
        do { try await session.storeOrForget() } catch {
            (session.buffer, session.lanes, session.turns) = before
            throw error
        }
    }

    /// Runs that never came to an end have failed.
    private func closeTicks(on session: isolated Session) {
        for tick in session.lanes.failUnfinished(Self.why) {
            let body = SessionEvent.Body.tickFinished(
                job: tick.job,
                scheduled: tick.scheduled,
                status: .failed,
                duration: 0,
                error: Self.why
            )
            session.record(body, cause: tick.seq)
        }
    }

    private static let why = "The runtime stopped while it ran."

    private func takeBack(on session: isolated Session) async throws {
        var begun: [(turn: String, seq: Int)] = []
        let present = Set(session.fold.messages.map { ExactString($0.id) })
        for turn in session.turns.queue.unfinished {
            let events = try await events(of: turn, on: session)
            guard let first = events.first else { continue }
            begun.append((turn, first.seq))
            // From the end, where a removal shifts no other messages.
            for case .messageAdded(let message) in events.reversed().map(\.body)
            where present.contains(ExactString(message.id)) {
                session.record(.messageRemoved(id: message.id), cause: first.seq, turn: turn)
            }
        }
        let causes = Set(session.buffer.openHooks + session.lanes.unfinished)
        guard let first = (begun.map(\.seq) + causes).min() else { return }
        let state = try await state(
            withoutTurns: Set(session.turns.queue.unfinished),
            causes: causes,
            from: first,
            on: session
        )
        let patch = JSONPatch(from: session.fold.state, to: state)
        if !patch.isEmpty {
            session.record(.stateChanged(patch), cause: begun.last?.seq ?? causes.max(), turn: begun.last?.turn)
        }
        for hook in session.buffer.openHooks { try await closeHook(hook, on: session) }
        for (turn, seq) in begun {
            session.record(.turnFinished(TurnResult(status: .interrupted)), cause: seq, turn: turn)
        }
    }

    private func closeHook(_ received: Int, on session: isolated Session) async throws {
        let event = try await session.services.store.events(of: session.key, after: received - 1, limit: 1).first
        guard case .hookReceived(let exchange, let hook) = event?.body else { return }
        session.record(
            .hookAnswered(exchange: exchange, hook: hook, status: 500, duration: 0, error: Self.why),
            cause: received
        )
    }

    /// What the state would be without some turns, hooks and ticks: fields have the value that someone else gave them
    /// last, or that of before.
    private func state(withoutTurns turns: Set<String>, causes: Set<Int>, from seq: Int, on session: isolated Session)
        async throws -> JSON
    {
        var past = try await session.services.store.fold(of: session.key, at: seq - 1)
        var state = past.state.object ?? [:]
        while true {
            let events = try await session.services.store.events(of: session.key, after: past.seq, limit: 512)
            for event in events {
                past.apply(event)
                guard case .stateChanged(let patch) = event.body else { continue }
                if let turn = event.turn, turns.contains(turn) { continue }
                if let cause = event.cause, causes.contains(cause) { continue }
                state.take(patch, from: past.state)
            }
            guard !events.isEmpty else { return .object(state) }
        }
    }

    /// A turn's events, read from the newest back to its first message.
    private func events(of turn: String, on session: isolated Session) async throws -> [SessionEvent] {
        // From the newest page back to the oldest.
        var found: [[SessionEvent]] = []
        var cursor = Int.max
        var (isStarted, hasBegun) = (false, false)
        while !hasBegun {
            let part = try await session.services.store.events(of: session.key, before: cursor, limit: 256)
            guard let first = part.first else { break }
            let own = part.filter { $0.turn == turn }
            if own.isEmpty, !found.isEmpty { break }
            found.append(own)
            isStarted = isStarted || own.contains { if case .turnStarted = $0.body { true } else { false } }
            hasBegun = isStarted && part.first?.turn != turn
            cursor = first.seq
        }
        return found.reversed().flatMap(\.self)
    }
}
