internal import DequeModule
internal import Inspection
internal import SessionModel

/// A moment of the past that all tabs show instead of the present.
struct Past: Sendable {
    /// The event after which it was.
    var seq: Int
    /// Context and state then; of the moment before, until the runtime has answered.
    var fold: SessionFold?
    var windowStart: String?
    /// Events around the moment, when it is further back than what is remembered.
    var around: Deque<SessionEvent> = []

    var isKnown: Bool { fold?.seq == seq }
}

extension SessionDetail {
    /// The number of the moment that is shown.
    var moment: Int { past?.seq ?? fold.seq }

    /// The session as the tabs show it: the present, or the moment of the past.
    var shown: SessionDetail {
        guard let past, let fold = past.fold else { return self }
        var shown = self
        shown.fold = fold
        shown.windowStart = past.windowStart
        shown.known = known.cut(to: Deque(surroundings.prefix { $0.seq <= past.seq }), at: past.seq)
        shown.liveText = nil
        shown.doing = nil
        let time = event(past.seq)?.at ?? .max
        shown.tabs.forEach { $0 = $0.past(at: past.seq, time) }
        return shown
    }

    /// Events in whose midst the moment lies.
    var surroundings: Deque<SessionEvent> {
        guard let past, past.seq < known.events.first?.seq ?? .max else { return known.events }
        return past.around
    }

    /// The ends of turns that are known, in order.
    private var turnEnds: [Int] {
        Set((known.older + surroundings).filter { if case .turnFinished = $0.body { true } else { false } }.map(\.seq))
            .sorted()
    }

    /// The next or previous known end of a turn, seen from the shown moment; `nil` if none is known.
    func turnEnd(after isForward: Bool) -> Int? {
        isForward ? turnEnds.first { $0 > moment } : turnEnds.last { $0 < moment }
    }
}
