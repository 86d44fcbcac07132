internal import Inspection
internal import SessionModel

/// Loads what the screen is about and the interface does not know: what is needed, when it is needed.
extension InspectorModel {
    /// Events of one request.
    private static let page = 500
    /// Requests at a time.
    private static let requestsAtOnce = 8

    /// Asks for what is shown and not known; nothing is asked for twice.
    mutating func loadNeeded() -> [Effect] {
        guard link.isUp, let detail, detail.isLoaded, detail.gone == nil, detail.past == nil else { return [] }
        let older = detail.tab == .context || detail.tab == .trace ? olderEvents(detail) : []
        return older + neededEvents(detail)
    }

    private mutating func neededEvents(_ detail: SessionDetail) -> [Effect] {
        if detail.tab != .state, detail.tab != .hooks, layout.side == nil { return [] }
        let open = pending.values.count { $0.topic == .neededEvents }
        // New events are known as they come, so the same view of the screen needs nothing more.
        let view = NeededView(detail, height: layout.detailHeight, open: open)
        guard open < Self.requestsAtOnce, view != detail.neededView else { return [] }
        self.detail?.neededView = view
        let ranges: [ClosedRange<Int>]
        switch detail.tab {
        case .state, .context: ranges = Self.ranges(of: neededForBlame(detail))
        case .hooks: ranges = Self.ranges(of: neededForChanges(detail))
        case .trace, .jobs, .snapshots: return []
        }
        return ranges.prefix(Self.requestsAtOnce - open).map { range in
            self.detail?.ask(for: range)
            let params = named(detail.key, ["after": .int(range.lowerBound - 1), "limit": .int(range.count)])
            return request(.history, params, about: .neededEvents, refused: Self.ignore) {
                $0.tookNeeded(detail.key, range, $1)
            }
        }
    }

    private mutating func tookNeeded(_ key: SessionKey, _ range: ClosedRange<Int>, _ json: JSON) -> [Effect] {
        guard detail?.key == key else { return [] }
        detail?.found(json["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? [], in: range)
        return []
    }

    /// What changed the fields that are on the screen, and what brought that about.
    private func neededForBlame(_ detail: SessionDetail) -> [Int] {
        let top = detail.tab == .context ? 0 : detail.state.top
        let shown = detail.state.rows(of: detail.fold.state).dropFirst(top).prefix(layout.detailHeight)
        let fields = Set(shown.compactMap(\.path.pieces.first).map(ExactString.init(_:)))
        return fields.flatMap { field -> [Int] in
            guard let seq = detail.fold.blame[field] else { return [] }
            return [seq, detail.event(seq)?.cause].compactMap { $0 }.filter { $0 > 0 && detail.isUnasked($0) }
        }
    }

    /// What the exchange that is open changed.
    private func neededForChanges(_ detail: SessionDetail) -> [Int] {
        guard let exchange = detail.hooks.opened, exchange.session == detail.key.session,
            let range = exchange.changed
        else { return [] }
        return range.prefix(ExchangeLines.maximumChanges).filter { detail.isUnasked($0) }
    }

    /// What the context and the trace are made of; all else in a journal may come between them a thousand times.
    private static let turnKinds: JSON = [
        "message.added", "message.changed", "message.removed", "turn.started", "turn.finished", "completion.started",
        "completion.finished", "tool.started", "tool.finished", "middleware.started", "middleware.finished",
        "state.changed",
    ]
    /// Events of earlier turns that are kept at most.
    private static let mostTurnEvents = 20_000

    /// Events of messages and turns before those that are known, when the screen shows something of them.
    private mutating func olderEvents(_ detail: SessionDetail) -> [Effect] {
        let isNeeded =
            switch detail.tab {
            case .context: lacksMessages(detail)
            default: lacksTurns(detail)
            }
        return isNeeded ? olderTurns(thenBack: false) : []
    }

    /// Asks for the page of messages and turns before those that are known.
    ///
    /// - Parameter goesBack: whether the person waits for it to go back a turn.
    mutating func olderTurns(thenBack goesBack: Bool) -> [Effect] {
        guard let detail, detail.turnsReach > 1, !detail.events.isEmpty, detail.older.count < Self.mostTurnEvents,
            !isPending(.olderEvents)
        else { return [] }
        let params = named(
            detail.key,
            ["before": .int(detail.turnsReach), "limit": .int(Self.page), "kinds": Self.turnKinds]
        )
        return [
            request(
                .history,
                params,
                about: .olderEvents,
                waiting: goesBack ? "Looking for the turn before" : nil,
                refused: Self.ignore
            ) {
                $0.tookTurns(detail.key, $1, goesBack: goesBack)
            }
        ]
    }

    private mutating func tookTurns(_ key: SessionKey, _ json: JSON, goesBack: Bool) -> [Effect] {
        guard detail?.key == key else { return [] }
        let page = json["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? []
        detail?.remember(turns: page, hasMore: json["more"]?.bool ?? false)
        return goesBack ? travelByTurn(forward: false) : []
    }

    /// Whether a message on the screen is known by its text only.
    private func lacksMessages(_ detail: SessionDetail) -> Bool {
        guard detail.turnsReach > 1 else { return false }
        if detail.context == .following {
            let last = detail.fold.messages.suffix(layout.detailHeight)
            return last.contains { detail.index.messages[$0.id] == nil }
        }
        let context = ContextLayout(detail, width: layout.detailWidth, model: self)
        let items = Set(context.shown(height: layout.detailHeight).map(\.item))
        return items.contains { item in
            if case .message(let message) = context.items[item] {
                context.index.messages[message.id] == nil
            } else {
                false
            }
        }
    }

    /// Whether the trace shows the first of the turns that are known, or none.
    private func lacksTurns(_ detail: SessionDetail) -> Bool {
        guard detail.turnsReach > 1 else { return false }
        guard let oldest = TurnTrace.turns(of: detail.turnEvents.prefix(256)).first else { return true }
        let height = layout.detailHeight
        let selected = detail.trace.selected ?? .max
        let lines = TraceLayout(detail, width: layout.detailWidth, model: self).lines.count
        return selected <= oldest.seq + 64 || lines < height
    }

    mutating func history(before seq: Int, of key: SessionKey) -> Effect {
        let params = named(key, ["before": .int(seq), "limit": .int(Self.page)])
        return request(.history, params, about: .olderEvents, refused: Self.ignore) { $0.tookHistory(key, $1) }
    }

    /// Puts older events in front; where they do not reach what is known, the rest is asked for.
    private mutating func tookHistory(_ key: SessionKey, _ json: JSON) -> [Effect] {
        guard detail?.key == key else { return [] }
        let page = json["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? []
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
    private let tab: SessionDetail.Tab
    private let tree: StateTree
    private let exchange: String?
    private let changed: ClosedRange<Int>?
    private let answered: Int
    private let height: Int
    /// Requests without an answer: when one has its answer, there is room for the next.
    private let open: Int

    init(_ detail: SessionDetail, height: Int, open: Int) {
        tab = detail.tab
        tree = detail.state
        exchange = detail.hooks.opened?.id
        changed = detail.hooks.opened?.changed
        answered = detail.answeredCount
        self.height = height
        self.open = open
    }
}
