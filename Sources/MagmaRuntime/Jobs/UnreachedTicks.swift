internal import SessionModel

/// Ticks that could not be brought to their sessions, such as while the disk was full: they are recorded as missed with the next one
/// that can.
struct UnreachedTicks: Sendable {
    private struct Lane: Hashable {
        let session: SessionKey
        let job: String
    }

    /// Sessions and jobs that are remembered; of more, the others are not.
    private static let most = 10_000

    private var missed: [Lane: AgentBlueprint.Job.Missed] = [:]

    mutating func note(_ job: String, of session: SessionKey, due: Int64) {
        let lane = Lane(session: session, job: job)
        guard let known = missed[lane] else {
            if missed.count < Self.most { missed[lane] = AgentBlueprint.Job.Missed(first: due, last: due, count: 1) }
            return
        }
        guard due > known.last else { return }
        let count = min(known.count + 1, AgentBlueprint.Job.bound)
        missed[lane] = AgentBlueprint.Job.Missed(first: known.first, last: due, count: count)
    }

    /// - Parameter due: of the tick that is brought now; what was due then is no miss.
    mutating func take(_ job: String, of session: SessionKey, before due: Int64) -> AgentBlueprint.Job.Missed? {
        let lane = Lane(session: session, job: job)
        guard let known = missed[lane], known.first < due else { return nil }
        missed[lane] = nil
        guard known.last >= due else { return known }
        return AgentBlueprint.Job.Missed(first: known.first, last: due - 1, count: max(1, known.count - 1))
    }
}
