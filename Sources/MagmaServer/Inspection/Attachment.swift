internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// An inspector's cursor in a session's journal: it holds where it has got to, not what it has still to hear.
struct Attachment: Sendable {
    let id: String
    let key: SessionKey
    /// When the session was made.
    let created: Int64
    /// The last event that the inspector has.
    let after: Int
    let follower: EventFeed.Follower
    let feed: EventFeed

    func close() { feed.unfollow(key, follower) }

    /// Sends each event after the cursor once, in order, and what is only worth its newest value.
    func run(_ pages: EventPages, to line: InspectorLine) async throws {
        defer { close() }
        var cursor = after
        var shown = EventFeed.Live()
        try await catchUp(&cursor, pages, to: line)
        try await showLive(&shown, to: line)
        for await _ in follower.wakes {
            try await catchUp(&cursor, pages, to: line)
            try await showLive(&shown, to: line)
        }
    }

    private func catchUp(_ cursor: inout Int, _ pages: EventPages, to line: InspectorLine) async throws {
        while true {
            let events = try await pages.events(of: key, created: created, after: cursor)
            guard let last = events.last else { return }
            try await line.notify(events, attachment: id)
            cursor = last.seq
        }
    }

    private func showLive(_ shown: inout EventFeed.Live, to line: InspectorLine) async throws {
        let live = feed.live(key)
        if let turn = live.turn, live.text != shown.text || turn != shown.turn {
            try await line.notify(
                "turn.delta",
                ["attachment": .string(id), "turn": .string(turn), "text": .string(live.text)]
            )
        }
        if live.doing != shown.doing {
            try await line.notify(
                "session.busy",
                ["attachment": .string(id), "doing": live.doing.map(JSON.string) ?? .null]
            )
        }
        shown = live
    }
}
