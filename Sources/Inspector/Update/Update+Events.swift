internal import DequeModule
internal import Inspection
internal import SessionModel
internal import Terminal

/// From an event to what brought it about, to what it brought about, and to where the tabs show it.
extension InspectorModel {
    /// Opens the event of what is selected in the tab: what changed the field, the hook, the last tick, the part of the
    /// turn; where there is none, that of the moment that is shown.
    mutating func viewEvent() -> [Effect] {
        guard let detail = detail?.shown else { return [] }
        let selected: Int? =
            switch detail.tab {
            case _ where focus != .detail: nil
            case .state: selectedBlame
            case .hooks: detail.hooks.exchanges.first { $0.id == detail.hooks.selected }?.changed?.lowerBound
            case .jobs: detail.jobs.current?.last.first?.seq
            case .trace: detail.trace.selected
            case .context: messageAtCursor.flatMap { detail.cursor == nil ? nil : detail.index.messages[$0.id]?.seq }
            case .snapshots: nil
            }
        return viewEvent(selected ?? detail.moment)
    }

    mutating func viewEvent(_ seq: Int) -> [Effect] {
        guard let detail, seq > 0 else { return [] }
        guard detail.event(seq) != nil else {
            return travel(to: seq)
        }
        overlay = .event(Overlay.EventCard(seq: seq))
        return []
    }

    /// The event that changed the selected field of the state last.
    var selectedBlame: Int? {
        guard let detail = detail?.shown else { return nil }
        let field = detail.state.current(in: detail.fold.state).pieces.first
        return field.flatMap { detail.fold.blame[ExactString($0)] }
    }

    /// Shows what changed the selected field, where it happened.
    mutating func jumpToBlame() -> [Effect] {
        guard let seq = selectedBlame else {
            notices.say(.refused, "Nothing is known to have changed that field.", at: now)
            return []
        }
        guard let change = detail?.event(seq) else { return travel(to: seq) }
        return jump(to: change.cause ?? seq)
    }

    /// Shows an event in the tab that it belongs to; what belongs to none is shown by itself.
    mutating func jump(to seq: Int) -> [Effect] {
        guard let event = detail?.event(seq) else { return travel(to: seq) }
        overlay = nil
        focus = .detail
        switch event.body {
        case .hookReceived(let exchange, _), .hookAnswered(let exchange, _, _, _, _):
            detail?.tab = .hooks
            detail?.hooks.selected = exchange
            return openExchange(exchange)
        case .tickStarted(let job, _), .tickFinished(let job, _, _, _, _), .tickMissed(let job, _, _):
            detail?.tab = .jobs
            detail?.jobs.selected = job
            return []
        case .messageAdded(let message), .messageChanged(let message):
            detail?.tab = .context
            detail?.context = .anchored(message: message.id, line: 0)
            detail?.cursor = message.id
            return []
        case .turnStarted, .turnFinished, .completionStarted, .completionFinished, .toolStarted, .toolFinished,
            .middlewareStarted, .middlewareFinished:
            detail?.tab = .trace
            let turns = detail.map { TurnTrace.turns(of: $0.shown.turnEvents) } ?? []
            detail?.trace.select(event, in: turns)
            return []
        default: return viewEvent(seq)
        }
    }

    mutating func pressInEvent(_ key: Key, _ card: Overlay.EventCard) -> [Effect] {
        var card = card
        let links = links(of: card.seq)
        switch key {
        case .up, .character("k"): card.selected = max(0, card.selected - 1)
        case .down, .character("j"): card.selected = min(max(0, links.count - 1), card.selected + 1)
        case .enter:
            if links.indices.contains(card.selected) { card = Overlay.EventCard(seq: links[card.selected]) }
        case .character("["), .left:
            if detail?.event(card.seq - 1) != nil { card = Overlay.EventCard(seq: card.seq - 1) }
        case .character("]"), .right:
            if detail?.event(card.seq + 1) != nil { card = Overlay.EventCard(seq: card.seq + 1) }
        case .character("t"):
            overlay = nil
            return travel(to: card.seq)
        case .character("g"): return jump(to: card.seq)
        case .pageDown, .character(" "): card.top += 10
        case .pageUp: card.top = max(0, card.top - 10)
        case .character("q"):
            overlay = nil
            return []
        default: return []
        }
        overlay = .event(card)
        return []
    }

    /// The event's cause, and the events that it brought about, as far as they are known.
    func links(of seq: Int) -> [Int] {
        guard let detail else { return [] }
        let cause = detail.event(seq)?.cause.flatMap { detail.event($0)?.seq }
        let effects = [detail.events, detail.past?.around ?? []].flatMap { events in
            events.lazy.filter { $0.cause == seq && $0.seq != seq }.map(\.seq)
        }
        return (cause.map { [$0] } ?? []) + Set(effects).sorted().prefix(50)
    }
}
