internal import DequeModule
internal import Inspection
internal import SessionModel
internal import Terminal

/// From an event to what brought it about, to what it brought about, and to where the tabs show it.
extension InspectorModel {
    /// Opens the event of what is selected in the tab: what changed the field, the hook, the last tick, the part of the
    /// turn; where there is none, that of the moment that is shown.
    mutating func viewEvent() -> [Effect] {
        guard let pane else { return [] }
        let selected = focus == .detail ? pane.detail.tabs[pane.detail.tab].selectedEvent(in: pane) : nil
        return viewEvent(selected ?? pane.detail.moment)
    }

    mutating func viewEvent(_ seq: Int) -> [Effect] {
        guard let detail, seq > 0 else { return [] }
        guard detail.event(seq) != nil else {
            return travel(to: seq)
        }
        overlay = .event(Overlay.EventCard(seq: seq))
        return []
    }

    /// Shows an event in the tab that it belongs to; what belongs to none is shown by itself.
    mutating func jump(to seq: Int) -> [Effect] {
        guard let event = detail?.event(seq) else { return travel(to: seq) }
        overlay = nil
        focus = .detail
        for tab in actions.tabs {
            guard let effects = tab.show(event, &self) else { continue }
            detail?.tab = tab.id
            return effects
        }
        return viewEvent(seq)
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
