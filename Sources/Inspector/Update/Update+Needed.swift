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
        let open = pending.values.count { if case .needed = $0.kind { true } else { false } }
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
            return request(.needed(detail.key, range), "session.history", params)
        }
    }

    mutating func tookNeeded(_ key: SessionKey, _ range: ClosedRange<Int>, _ json: JSON) {
        guard detail?.key == key else { return }
        detail?.found(json["events"]?.array?.compactMap(SessionEvent.init(json:)) ?? [], in: range)
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

    /// Events before those that are known, when the person has scrolled to where they are missing.
    private mutating func olderEvents(_ detail: SessionDetail) -> [Effect] {
        guard let first = detail.events.first?.seq, first > 1, detail.events.count < SessionDetail.rememberedEvents,
            !pending.values.contains(where: { if case .history = $0.kind { true } else { false } })
        else { return [] }
        switch detail.tab {
        case .context:
            guard case .anchored(let message, _) = detail.context, detail.index.messages[message] == nil else {
                return []
            }
        default:
            guard let oldest = TurnTrace.turns(of: detail.events.prefix(64)).first,
                let selected = detail.trace.selected,
                selected <= oldest.seq + 64
            else { return [] }
        }
        guard detail.isUnasked(first - 1) else { return [] }
        self.detail?.ask(for: (first - 1)...(first - 1))
        return [history(before: first, of: detail.key)]
    }

    mutating func history(before seq: Int, of key: SessionKey) -> Effect {
        let params = named(key, ["before": .int(seq), "limit": .int(Self.page)])
        return request(.history(key), "session.history", params)
    }

    /// Puts older events in front; where they do not reach what is known, the rest is asked for.
    mutating func tookHistory(_ key: SessionKey, _ json: JSON) -> [Effect] {
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
