internal import Magma
internal import SessionModel

extension AgentBlueprint.Job {
    /// Ticks that were due in a span of time in which nothing ran.
    struct Missed {
        let first: Int64
        /// All that were due up to then are missed.
        let last: Int64
        let count: Int

        /// - Parameter why: why nothing ran, the beginning of a sentence.
        func reason(_ why: String) -> String {
            why
                + (count == 1
                    ? "." : "; \(count)\(count >= AgentBlueprint.Job.bound ? " or more" : "") ticks were due.")
        }
    }

    /// What of missed ticks comes after a time; `nil` for nothing.
    func missed(_ missed: Missed, after time: Int64?) -> Missed? {
        guard let time, time >= missed.first else { return missed }
        return time < missed.last ? missedTicks(in: time...missed.last) : nil
    }

    static var downtimeReason: String { "The runtime was not running" }

    /// Missed ticks that are counted.
    static var bound: Int { 1000 }

    func missedTicks(in downtime: ClosedRange<Int64>) -> Missed? {
        guard let first = schedule.next(after: downtime.lowerBound, in: timezone), first <= downtime.upperBound else {
            return nil
        }
        var (last, count) = (first, 1)
        while count < Self.bound, let next = schedule.next(after: last, in: timezone), next <= downtime.upperBound {
            (last, count) = (next, count + 1)
        }
        return Missed(first: first, last: last, count: count)
    }
}
