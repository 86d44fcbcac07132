internal import DequeModule
internal import Inspection
internal import SessionModel

/// Going back in time, and forth.
extension InspectorModel {
    /// Events that are asked for around a moment that is further back than what is remembered.
    private static let page = 300

    mutating func travel(by step: Int) -> [Effect] {
        guard let detail else { return [] }
        return travel(to: detail.moment + step)
    }

    mutating func travelByTurn(forward isForward: Bool) -> [Effect] {
        guard let detail else { return [] }
        if let end = detail.turnEnd(after: isForward) { return travel(to: end) }
        if isForward { return travelToPresent() }
        if detail.turnsReach > 1, detail.turnsReach <= detail.moment {
            let effects = olderTurns(thenBack: true)
            if !effects.isEmpty { return effects }
        }
        return travel(to: detail.surroundings.first?.seq ?? 1)
    }

    mutating func travelToPresent() -> [Effect] {
        detail?.past = nil
        return []
    }

    /// Shows the moment after an event; the last one is the present.
    mutating func travel(to seq: Int) -> [Effect] {
        guard var detail, detail.isLoaded else { return [] }
        guard seq < detail.fold.seq else { return travelToPresent() }
        var past = detail.past ?? Past(seq: detail.fold.seq)
        let before = past
        past.seq = max(1, seq)
        if let fold = before.fold, fold.seq == past.seq - 1, let event = detail.event(past.seq) {
            past.fold?.apply(event)
            if case .completionStarted(_, _, let window) = event.body, let first = window.first {
                past.windowStart = first
            }
        }
        detail.past = past
        self.detail = detail
        return (past.isKnown ? [] : askForMoment()) + askForEvents()
    }

    /// Asks for the moment that is wanted, one question at a time.
    private mutating func askForMoment() -> [Effect] {
        guard let detail, let past = detail.past, link.isUp, !isPending(.moment(detail.key)) else { return [] }
        let (key, seq) = (detail.key, past.seq)
        return [
            request(
                Methods.at,
                MomentParams(key) { $0.seq = seq },
                about: .moment(key),
                waiting: "Going to #\(seq)"
            ) {
                $0.detail?.past = nil
                return $0.say($1)
            } answered: {
                $0.tookMoment(key, seq, $1)
            }
        ]
    }

    mutating func askForEvents() -> [Effect] {
        guard let detail, let past = detail.past, link.isUp, detail.event(past.seq) == nil,
            !isPending(.eventsAround(detail.key))
        else { return [] }
        let params = HistoryParams(detail.key) { ($0.before, $0.limit) = (past.seq + Self.page / 2, Self.page) }
        return [
            request(Methods.history, params, about: .eventsAround(detail.key), refused: Self.ignore) {
                $0.tookEvents(around: detail.key, $1.events)
            }
        ]
    }

    private mutating func tookMoment(_ key: SessionKey, _ seq: Int, _ result: MomentResult) -> [Effect] {
        guard detail?.key == key, let past = detail?.past else { return [] }
        let fold = SessionFold(result)
        let window = result.window
        detail?.past?.windowStart = fold.messages.indices.contains(window) ? fold.messages[window].id : nil
        detail?.past?.fold = fold
        detail?.noteCuts(in: result.messages)
        return past.seq == seq ? [] : askForMoment()
    }

    mutating func tookEvents(around key: SessionKey, _ events: [SessionEvent]) -> [Effect] {
        guard detail?.key == key, let past = detail?.past else { return [] }
        let around = SessionDetail.unbroken(events, around: past.seq)
        if !around.isEmpty { detail?.past?.around = Deque(around) }
        return []
    }

    mutating func askForMomentNumber() -> [Effect] {
        guard let detail else { return [] }
        let question = "Go to which event? 1 to \(detail.fold.seq)"
        overlay = .prompt(Overlay.Prompt(purpose: .travel, question: question))
        return []
    }

    /// Why nothing can be changed while a moment of the past is shown.
    var obstacleOfThePast: String? {
        detail?.past.map { "Viewing #\($0.seq) (read-only). Press . for live." }
    }
}

extension SessionFold {
    fileprivate init(_ moment: MomentResult) {
        self.init()
        messages = moment.messages.compactMap { try? Message(json: $0) }
        state = moment.state
        blame = moment.blame
        seq = moment.seq
    }
}
