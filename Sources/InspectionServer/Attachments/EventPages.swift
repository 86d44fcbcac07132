internal import DequeModule
internal import Inspection
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// An event as it goes to inspectors: without secrets, and as text.
struct RenderedEvent: Sendable {
    let seq: Int
    let json: String
}

/// Reads and renders events once for all inspectors that are at the same place of the same session.
final class EventPages: Sendable {
    private struct Place: Hashable {
        /// Of the session, as ``EventFeed`` gives it to those who follow.
        let incarnation: Int
        let after: Int
    }

    private struct State {
        var pages: [Place: Task<[RenderedEvent], any Error>] = [:]
        var order: Deque<Place> = []
    }

    /// Pages that are remembered; inspectors of one session are seldom further apart.
    private static let maximum = 64
    private static let length = 256

    private let runtime: Runtime
    /// One page is made at a time; what is new goes before what is long stored.
    private let reads: ExpensiveReads
    private let redaction: Redaction
    private let state = Mutex(State())

    init(runtime: Runtime, redaction: Redaction) {
        self.runtime = runtime
        reads = ExpensiveReads(time: runtime.time)
        self.redaction = redaction
    }

    /// The next events after that one, oldest first; none when there are none yet.
    ///
    /// - Parameter urgency: `asked` for an inspector that has caught up and waits for what is new.
    func events(
        of key: SessionKey,
        incarnation: Int,
        after: Int,
        _ urgency: ExpensiveReads.Urgency
    ) async throws -> [RenderedEvent] {
        let place = Place(incarnation: incarnation, after: after)
        let page = state.withLock { state in
            if let page = state.pages[place] { return page }
            let page = Task { try await reads.run(urgency) { try await render(key, after) } }
            state.pages[place] = page
            state.order.append(place)
            if state.order.count > Self.maximum { state.pages[state.order.removeFirst()] = nil }
            return page
        }
        do {
            let events = try await page.value
            // New events may still come, so an empty page is not cached; stored events never change.
            if events.isEmpty { forget(place) }
            return events
        } catch {
            forget(place)
            throw error
        }
    }

    private func render(_ key: SessionKey, _ after: Int) async throws -> [RenderedEvent] {
        try await runtime.events(of: key, after: after, limit: Self.length).map {
            let json = AnswerBounds(redaction: redaction).bounded($0.json, .event(key, seq: $0.seq))
            return RenderedEvent(seq: $0.seq, json: redaction.redacted(json).text)
        }
    }

    private func forget(_ place: Place) {
        state.withLock { state in
            guard state.pages.removeValue(forKey: place) != nil else { return }
            state.order.removeAll { $0 == place }
        }
    }
}
