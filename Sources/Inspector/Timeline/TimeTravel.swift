internal import DequeModule
internal import Inspection
internal import SessionModel

/// Going back in time, and forth.
enum TimeTravel {
    /// Events that are asked for around a moment that is further back than what is remembered.
    private static let page = 300

    static func go(by step: Int, _ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail else { return [] }
        return go(to: detail.moment + step, &model)
    }

    static func goByTurn(forward isForward: Bool, _ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail else { return [] }
        if let end = detail.turnEnd(after: isForward) { return go(to: end, &model) }
        if isForward { return goToPresent(&model) }
        if detail.turnsReach > 1, detail.turnsReach <= detail.moment {
            let effects = NeededEvents.olderTurns(thenBack: true, &model)
            if !effects.isEmpty { return effects }
        }
        return go(to: detail.surroundings.first?.seq ?? 1, &model)
    }

    static func goToPresent(_ model: inout InspectorModel) -> [Effect] {
        model.detail?.past = nil
        return []
    }

    /// Shows the moment after an event; the last one is the present.
    static func go(to seq: Int, _ model: inout InspectorModel) -> [Effect] {
        guard var detail = model.detail, detail.isLoaded else { return [] }
        guard seq < detail.fold.seq else { return goToPresent(&model) }
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
        model.detail = detail
        return (past.isKnown ? [] : askForMoment(&model)) + askForEvents(&model)
    }

    /// Asks for the moment that is wanted, one question at a time.
    private static func askForMoment(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let past = detail.past, model.link.isUp, !model.isPending(.moment(detail.key))
        else { return [] }
        let (key, seq) = (detail.key, past.seq)
        return [
            model.request(
                Methods.at,
                MomentParams(key) { $0.seq = seq },
                about: .moment(key),
                waiting: "Going to #\(seq)"
            ) {
                $0.detail?.past = nil
                return $0.say($1)
            } answered: {
                tookMoment(key, seq, $1, &$0)
            }
        ]
    }

    static func askForEvents(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let past = detail.past, model.link.isUp, detail.event(past.seq) == nil,
            !model.isPending(.eventsAround(detail.key))
        else { return [] }
        let params = HistoryParams(detail.key) { ($0.before, $0.limit) = (past.seq + page / 2, page) }
        return [
            model.request(Methods.history, params, about: .eventsAround(detail.key), refused: InspectorModel.ignore) {
                tookEvents(around: detail.key, $1.events, &$0)
            }
        ]
    }

    private static func tookMoment(_ key: SessionKey, _ seq: Int, _ result: MomentResult, _ model: inout InspectorModel)
        -> [Effect]
    {
        guard model.detail?.key == key, let past = model.detail?.past else { return [] }
        let fold = SessionFold(result)
        let window = result.window
        model.detail?.past?.windowStart = fold.messages.indices.contains(window) ? fold.messages[window].id : nil
        model.detail?.past?.fold = fold
        model.detail?.noteCuts(in: result.messages)
        return past.seq == seq ? [] : askForMoment(&model)
    }

    static func tookEvents(around key: SessionKey, _ events: [SessionEvent], _ model: inout InspectorModel) -> [Effect]
    {
        guard model.detail?.key == key, let past = model.detail?.past else { return [] }
        let around = KnownEvents.unbroken(events, around: past.seq)
        if !around.isEmpty { model.detail?.past?.around = Deque(around) }
        return []
    }

    static func askForNumber(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail else { return [] }
        let question = "Go to which event? 1 to \(detail.fold.seq)"
        model.overlay = .prompt(Overlay.Prompt(purpose: .travel, question: question))
        return []
    }

    /// Why nothing can be changed while a moment of the past is shown.
    static func obstacle(_ model: InspectorModel) -> String? {
        model.detail?.past.map { "Viewing #\($0.seq) (read-only). Press . for live." }
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
