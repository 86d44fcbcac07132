internal import SessionModel
internal import Synchronization

/// The jobs that are paused for all of an agent's sessions, remembered by the store.
final class PausedJobs: Sendable {
    private static let note = "paused jobs"

    private let store: any SessionStore
    private let lanes: Mutex<Set<Scheduler.Lane>>

    init(_ store: any SessionStore) async throws {
        self.store = store
        let pairs = try await store.note(Self.note)?.array ?? []
        lanes = Mutex(
            Set(
                pairs.compactMap { pair in
                    guard let agent = pair["agent"]?.string, let job = pair["job"]?.string else { return nil }
                    return Scheduler.Lane(agent: agent, job: job)
                }
            )
        )
    }

    func contains(_ agent: String, _ job: String) -> Bool {
        lanes.withLock { $0.contains(Scheduler.Lane(agent: agent, job: job)) }
    }

    func set(_ agent: String, _ job: String, isPaused: Bool) async throws {
        let lane = Scheduler.Lane(agent: agent, job: job)
        let all = lanes.withLock { lanes in
            if isPaused { lanes.insert(lane) } else { lanes.remove(lane) }
            return lanes.sorted { ($0.agent, $0.job) < ($1.agent, $1.job) }
        }
        let note = all.map { JSON.object(["agent": .string($0.agent), "job": .string($0.job)]) }
        try await store.save(.array(note), as: Self.note)
    }
}
