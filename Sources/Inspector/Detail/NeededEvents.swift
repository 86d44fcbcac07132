internal import Inspection
internal import SessionModel

/// Loads events that the screen needs and the interface does not have yet.
enum NeededEvents {
    /// Events of one request.
    private static let page = 500
    /// Requests at a time.
    private static let requestsAtOnce = 8

    /// Requests the missing events of the current screen, each only once.
    static func load(_ model: inout InspectorModel) -> [Effect] {
        guard model.link.isUp, let detail = model.detail, detail.isLoaded, detail.gone == nil, detail.past == nil,
            let pane = model.pane
        else {
            return []
        }
        let tab = detail.tabs[detail.tab]
        let older = tab.needsOlderEvents(in: pane) ? olderTurns(thenBack: false, &model) : []
        return older + ask(of: tab, pane, &model)
    }

    private static func ask(of tab: any DetailTab, _ pane: DetailPane, _ model: inout InspectorModel) -> [Effect] {
        guard let parts = tab.neededView(in: pane), let detail = model.detail else { return [] }
        let open = model.requests.pending.values.count { $0.topic == .neededEvents }
        // New events are known as they come, so the same view of the screen needs nothing more.
        let view = NeededView(
            tab: detail.tab,
            parts: parts,
            answered: detail.known.answeredCount,
            height: pane.height,
            open: open
        )
        guard open < requestsAtOnce, view != detail.known.neededView else { return [] }
        model.detail?.known.neededView = view
        let needed = tab.neededEvents(in: pane).filter { $0 > 0 && detail.isUnasked($0) }
        return ranges(of: needed).prefix(requestsAtOnce - open).map { range in
            model.detail?.known.ask(for: range)
            let params = HistoryParams(detail.key) { ($0.after, $0.limit) = (range.lowerBound - 1, range.count) }
            return model.request(Methods.history, params, about: .neededEvents, refused: InspectorModel.ignore) {
                took(detail.key, range, $1, &$0)
            }
        }
    }

    private static func took(
        _ key: SessionKey,
        _ range: ClosedRange<Int>,
        _ page: EventsPage,
        _ model: inout InspectorModel
    ) -> [Effect] {
        guard model.detail?.key == key else { return [] }
        model.detail?.known.found(page.events, in: range)
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
    static func olderTurns(thenBack goesBack: Bool, _ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, detail.turnsReach > 1, !detail.known.events.isEmpty,
            detail.known.older.count < mostTurnEvents,
            !model.isPending(.olderEvents)
        else { return [] }
        let params = HistoryParams(detail.key) {
            ($0.before, $0.limit, $0.kinds) = (detail.turnsReach, page, turnKinds)
        }
        return [
            model.request(
                Methods.history,
                params,
                about: .olderEvents,
                waiting: goesBack ? "Looking for the turn before" : nil,
                refused: InspectorModel.ignore
            ) {
                tookTurns(detail.key, $1, goesBack: goesBack, &$0)
            }
        ]
    }

    private static func tookTurns(_ key: SessionKey, _ page: EventsPage, goesBack: Bool, _ model: inout InspectorModel)
        -> [Effect]
    {
        guard model.detail?.key == key else { return [] }
        model.detail?.remember(turns: page.events, hasMore: page.more)
        return goesBack ? TimeTravel.goByTurn(forward: false, &model) : []
    }

    static func history(before seq: Int, of key: SessionKey, _ model: inout InspectorModel) -> Effect {
        let params = HistoryParams(key) { ($0.before, $0.limit) = (seq, page) }
        return model.request(Methods.history, params, about: .olderEvents, refused: InspectorModel.ignore) {
            tookHistory(key, $1, &$0)
        }
    }

    /// Prepends older events. If a gap to the known events remains, requests the rest.
    private static func tookHistory(_ key: SessionKey, _ result: EventsPage, _ model: inout InspectorModel) -> [Effect]
    {
        guard model.detail?.key == key else { return [] }
        let page = result.events
        let before = model.detail?.known.events.first?.seq ?? (model.detail?.fold.seq ?? 0) + 1
        model.detail?.remember(older: page)
        guard let last = page.last?.seq, last < before - 1, model.detail?.known.missedPages ?? 0 < 10 else {
            model.detail?.known.missedPages = 0
            return []
        }
        model.detail?.known.missedPages += 1
        return [history(before: before, of: key, &model)]
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
