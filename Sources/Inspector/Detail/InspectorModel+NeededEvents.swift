internal import Inspection
internal import SessionModel

/// Loads events that the screen needs and the interface does not have yet.
extension InspectorModel {
    /// Events of one request.
    private static let page = 500
    /// Requests at a time.
    private static let requestsAtOnce = 8

    /// Requests the missing events of the current screen, each only once.
    mutating func loadNeeded() -> [Effect] {
        guard link.isUp, let detail, detail.isLoaded, detail.gone == nil, detail.past == nil, let pane else {
            return []
        }
        let tab = detail.tabs[detail.tab]
        let older = tab.needsOlderEvents(in: pane) ? olderTurns(thenBack: false) : []
        return older + neededEvents(of: tab, pane)
    }

    private mutating func neededEvents(of tab: any DetailTab, _ pane: DetailPane) -> [Effect] {
        guard let parts = tab.neededView(in: pane), let detail else { return [] }
        let open = pending.values.count { $0.topic == .neededEvents }
        // New events are known as they come, so the same view of the screen needs nothing more.
        let view = NeededView(
            tab: detail.tab,
            parts: parts,
            answered: detail.answeredCount,
            height: pane.height,
            open: open
        )
        guard open < Self.requestsAtOnce, view != detail.neededView else { return [] }
        self.detail?.neededView = view
        let needed = tab.neededEvents(in: pane).filter { $0 > 0 && detail.isUnasked($0) }
        return Self.ranges(of: needed).prefix(Self.requestsAtOnce - open).map { range in
            self.detail?.ask(for: range)
            let params = HistoryParams(detail.key) { ($0.after, $0.limit) = (range.lowerBound - 1, range.count) }
            return request(Methods.history, params, about: .neededEvents, refused: Self.ignore) {
                $0.tookNeeded(detail.key, range, $1)
            }
        }
    }

    private mutating func tookNeeded(_ key: SessionKey, _ range: ClosedRange<Int>, _ page: EventsPage) -> [Effect] {
        guard detail?.key == key else { return [] }
        detail?.found(page.events, in: range)
        return []
    }

    /// Event kinds that the context and the trace show. A journal may hold thousands of other events between them.
    private static let turnKinds = [
        "message.added", "message.changed", "message.removed", "turn.started", "turn.finished", "completion.started",
        "completion.finished", "tool.started", "tool.finished", "middleware.started", "middleware.finished",
        "state.changed",
    ]
    /// Events of earlier turns that are kept at most.
    private static let mostTurnEvents = 20_000

    /// Asks for the page of messages and turns before those that are known.
    ///
    /// - Parameter goesBack: whether the person waits for it to go back a turn.
    mutating func olderTurns(thenBack goesBack: Bool) -> [Effect] {
        guard let detail, detail.turnsReach > 1, !detail.events.isEmpty, detail.older.count < Self.mostTurnEvents,
            !isPending(.olderEvents)
        else { return [] }
        let params = HistoryParams(detail.key) {
            ($0.before, $0.limit, $0.kinds) = (detail.turnsReach, Self.page, Self.turnKinds)
        }
        return [
            request(
                Methods.history,
                params,
                about: .olderEvents,
                waiting: goesBack ? "Looking for the turn before" : nil,
                refused: Self.ignore
            ) {
                $0.tookTurns(detail.key, $1, goesBack: goesBack)
            }
        ]
    }

    private mutating func tookTurns(_ key: SessionKey, _ page: EventsPage, goesBack: Bool) -> [Effect] {
        guard detail?.key == key else { return [] }
        detail?.remember(turns: page.events, hasMore: page.more)
        return goesBack ? travelByTurn(forward: false) : []
    }

    mutating func history(before seq: Int, of key: SessionKey) -> Effect {
        let params = HistoryParams(key) { ($0.before, $0.limit) = (seq, Self.page) }
        return request(Methods.history, params, about: .olderEvents, refused: Self.ignore) { $0.tookHistory(key, $1) }
    }

    /// Prepends older events. If a gap to the known events remains, requests the rest.
    private mutating func tookHistory(_ key: SessionKey, _ result: EventsPage) -> [Effect] {
        guard detail?.key == key else { return [] }
        let page = result.events
        let before = detail?.events.first?.seq ?? (detail?.fold.seq ?? 0) + 1
        detail?.remember(older: page)
        guard let last = page.last?.seq, last < before - 1, detail?.missedPages ?? 0 < 10 else {
            detail?.missedPages = 0
            return []
        }
        detail?.missedPages += 1
        return [history(before: before, of: key)]
    }

    /// Numbers that stand close together as ranges of at most a page.
    private static func ranges(of seqs: [Int]) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for seq in seqs.sorted() {
            if let last = ranges.last, seq - last.upperBound <= 16, seq - last.lowerBound < page {
                ranges[ranges.count - 1] = last.lowerBound...seq
            } else {
                ranges.append(seq...seq)
            }
        }
        return ranges
    }
}

/// What decides which events the screen needs.
struct NeededView: Sendable, Equatable {
    let tab: TabID
    /// What the tab says.
    let parts: any Hashable & Sendable
    let answered: Int
    let height: Int
    /// Requests without an answer: when one has its answer, there is room for the next.
    let open: Int

    static func == (left: Self, right: Self) -> Bool {
        left.tab == right.tab && left.answered == right.answered && left.height == right.height
            && left.open == right.open && AnyHashable(left.parts) == AnyHashable(right.parts)
    }
}
