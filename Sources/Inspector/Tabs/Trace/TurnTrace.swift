internal import SessionModel

/// A turn as a waterfall: what was done in it, when, and for how long.
struct TurnTrace: Sendable {
    /// A part of a turn.
    struct Span: Sendable {
        enum Kind: Sendable, Hashable { case completion, tool, middleware }

        let kind: Kind
        let name: String
        /// The event with which it began.
        let seq: Int
        let start: Int64
        /// Milliseconds; `nil` while it runs.
        var duration: Double?
        let given: JSON
        var got: JSON?
        var error: String?
        /// What tells its end from that of others.
        fileprivate let id: String
    }

    let id: String
    /// Its first event.
    let seq: Int
    let start: Int64
    var spans: [Span] = []
    var result: TurnResult?
    var end: Int64?

    /// The turns of a journal, oldest first.
    static func turns(of events: some Sequence<SessionEvent>) -> [TurnTrace] {
        var turns: [TurnTrace] = []
        var places: [String: Int] = [:]
        for event in events {
            guard let id = event.turn else { continue }
            if places[id] == nil {
                places[id] = turns.count
                turns.append(TurnTrace(id: id, seq: event.seq, start: event.at))
            }
            if let place = places[id] { turns[place].add(event) }
        }
        return turns
    }

    private mutating func add(_ event: SessionEvent) {
        switch event.body {
        case .completionStarted(let provider, let model, let window):
            begin(
                .completion,
                model,
                event,
                ["provider": .string(provider), "window": .array(window.map(JSON.string))]
            )
        case .completionFinished(let reason, let usage, let duration, let error):
            let got: JSON = .members(["stop_reason": .from(reason?.rawValue, JSON.string), "usage": usage.json])
            finish(.completion, "", duration, got, error)
        case .toolStarted(let call): begin(.tool, call.name, event, call.arguments, id: call.id)
        case .toolFinished(let result, let duration):
            finish(.tool, result.id, duration, result.result, result.isError ? result.result.text : nil)
        case .middlewareStarted(let trigger, let name, let before):
            begin(.middleware, "\(name) · \(trigger)", event, before, id: "\(trigger) \(name)")
        case .middlewareFinished(let trigger, let name, let after, let error):
            let id = "\(trigger) \(name)"
            let began = spans.last { $0.kind == .middleware && $0.id == id && $0.duration == nil }?.start
            finish(.middleware, id, Double(event.at - (began ?? event.at)), after, error)
        case .turnFinished(let result):
            self.result = result
            end = event.at
        default: break
        }
    }

    private mutating func begin(
        _ kind: Span.Kind,
        _ name: String,
        _ event: SessionEvent,
        _ given: JSON,
        id: String = ""
    ) {
        spans.append(Span(kind: kind, name: name, seq: event.seq, start: event.at, given: given, id: id))
    }

    private mutating func finish(_ kind: Span.Kind, _ id: String, _ duration: Double, _ got: JSON?, _ error: String?) {
        guard let place = spans.lastIndex(where: { $0.kind == kind && $0.id == id && $0.duration == nil }) else {
            return
        }
        spans[place].duration = duration
        spans[place].got = got
        spans[place].error = error
    }
}
