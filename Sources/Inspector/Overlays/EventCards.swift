internal import DequeModule
internal import Inspection
internal import SessionModel
internal import Terminal

/// From an event to what brought it about, to what it brought about, and to where the tabs show it.
enum EventCards {
    /// Opens the event of what is selected in the tab: what changed the field, the hook, the last tick, the part of the
    /// turn; where there is none, that of the moment that is shown.
    static func view(_ model: inout InspectorModel) -> [Effect] {
        guard let pane = model.pane else { return [] }
        let selected = model.focus == .detail ? pane.detail.tabs[pane.detail.tab].selectedEvent(in: pane) : nil
        return view(selected ?? pane.detail.moment, &model)
    }

    static func view(_ seq: Int, _ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, seq > 0 else { return [] }
        guard detail.event(seq) != nil else {
            return TimeTravel.go(to: seq, &model)
        }
        model.overlay = .event(Overlay.EventCard(seq: seq))
        return []
    }

    /// Shows an event in the tab that it belongs to; what belongs to none is shown by itself.
    static func jump(to seq: Int, _ model: inout InspectorModel) -> [Effect] {
        guard let event = model.detail?.event(seq) else { return TimeTravel.go(to: seq, &model) }
        model.overlay = nil
        model.focus = .detail
        for tab in model.actions.tabs {
            guard let effects = tab.show(event, &model) else { continue }
            model.detail?.tab = tab.id
            return effects
        }
        return view(seq, &model)
    }

    static func press(_ key: Key, _ card: Overlay.EventCard, _ model: inout InspectorModel) -> [Effect] {
        var card = card
        let links = Self.links(of: card.seq, model)
        switch key {
        case .up, .character("k"): card.selected = max(0, card.selected - 1)
        case .down, .character("j"): card.selected = min(max(0, links.count - 1), card.selected + 1)
        case .enter:
            if links.indices.contains(card.selected) { card = Overlay.EventCard(seq: links[card.selected]) }
        case .character("["), .left:
            if model.detail?.event(card.seq - 1) != nil { card = Overlay.EventCard(seq: card.seq - 1) }
        case .character("]"), .right:
            if model.detail?.event(card.seq + 1) != nil { card = Overlay.EventCard(seq: card.seq + 1) }
        case .character("t"):
            model.overlay = nil
            return TimeTravel.go(to: card.seq, &model)
        case .character("g"): return jump(to: card.seq, &model)
        case .pageDown, .character(" "): card.top += 10
        case .pageUp: card.top = max(0, card.top - 10)
        case .character("q"):
            model.overlay = nil
            return []
        default: return []
        }
        model.overlay = .event(card)
        return []
    }

    /// The event's cause, and the events that it brought about, as far as they are known.
    static func links(of seq: Int, _ model: InspectorModel) -> [Int] {
        guard let detail = model.detail else { return [] }
        let cause = detail.event(seq)?.cause.flatMap { detail.event($0)?.seq }
        let effects = [detail.known.events, detail.past?.around ?? []].flatMap { events in
            events.lazy.filter { $0.cause == seq && $0.seq != seq }.map(\.seq)
        }
        return (cause.map { [$0] } ?? []) + Set(effects).sorted().prefix(50)
    }
}
