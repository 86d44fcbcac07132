internal import Inspection
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// What an inspector follows a session by.
protocol OpenAttachment: Sendable {
    var id: String { get }

    func close()
}

/// The last event that an inspector has of a session.
final class EventCursor: Sendable {
    private let last: Mutex<Int>

    init(_ last: Int) { self.last = Mutex(last) }

    var seq: Int {
        get { last.withLock(\.self) }
        set { last.withLock { $0 = newValue } }
    }
}

/// An inspector's cursor in a session's journal. It holds a position, not the events that are still to be sent.
struct Attachment: OpenAttachment {
    let id: String
    let key: SessionKey
    let cursor: EventCursor
    let follower: EventFeed.Follower
    let feed: EventFeed

    /// The transient state that the inspector was last sent.
    private struct Shown {
        var doing: String?
        var turn: String?
        /// Bytes of the streamed text.
        var streamed = 0
    }

    func close() { feed.unfollow(key, follower) }

    /// Sends each event after the cursor once, in order, and the latest transient state.
    func run(_ pages: EventPages, to line: RedactingWriter) async throws {
        defer { close() }
        var shown = Shown()
        try await catchUp(pages, .refresh, to: line)
        try await showLive(&shown, to: line)
        for await _ in follower.wakes {
            try await catchUp(pages, .asked, to: line)
            try await showLive(&shown, to: line)
        }
    }

    private func catchUp(
        _ pages: EventPages,
        _ urgency: ExpensiveReads.Urgency,
        to line: RedactingWriter
    ) async throws {
        while true {
            let events = try await pages.events(of: key, incarnation: follower.incarnation, after: cursor.seq, urgency)
            guard let last = events.last, feed.isCurrent(key, follower) else { return }
            try await line.notify(events, attachment: id)
            cursor.seq = last.seq
        }
    }

    private func showLive(_ shown: inout Shown, to line: RedactingWriter) async throws {
        let live = feed.live(key)
        let streamed = live.streamed?.text ?? ""
        if let turn = live.turn, streamed.utf8.count != shown.streamed || turn != shown.turn {
            // A mask only matches complete values, so an end that may be incomplete is held back.
            let text = line.redaction.settled(streamed)
            let end = text.utf8.count > AnswerBounds.largest ? "…" + text.suffix(bytes: AnswerBounds.shown) : text
            try await line.notify(.turnDelta, TurnDelta(attachment: id, turn: turn, text: end).json)
        }
        if live.doing != shown.doing {
            try await line.notify(.sessionBusy, SessionBusy(attachment: id, doing: live.doing).json)
        }
        shown = Shown(doing: live.doing, turn: live.turn, streamed: streamed.utf8.count)
    }
}
