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

    mutating func take(_ job: String, of session: SessionKey) -> AgentBlueprint.Job.Missed? {
        missed.isEmpty ? nil : missed.removeValue(forKey: Lane(session: session, job: job))
    }
}
