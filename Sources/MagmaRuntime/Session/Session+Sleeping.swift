internal import Magma
internal import SessionModel

/// Going to sleep.
extension Session {
    /// How much memory is wanted for others when a session is put to sleep.
    enum Pressure { case none, crowded }

    /// Puts the session to sleep when nobody has used it since an uptime and nothing is under way; where it is crowded, also
    /// when one of its jobs is due in a moment.
    ///
    /// - Returns: whether it is gone from memory now.
    func sleep(ifIdleSince time: Double, _ pressure: Pressure = .none) async -> Bool {
        switch lifecycle {
        case .new, .changing: return false
        case .failed, .gone: return true
        case .asleep, .ended:
            guard directory.isUnused(key, since: time) else { return false }
            lifecycle = .gone
            await release()
            directory.remove(self)
            return true
        case .awake:
            guard directory.isUnused(key, since: time), presence.used <= time, !isWorking, !hasClients else {
                return false
            }
            if pressure == .none, time < services.time.uptime, hasTickSoon { return false }
            await change {
                await self.cleanUpAgent()
                self.presence.summary.status = .asleep
                try await self.store(.record, move: .toStore)
                await self.release()
                self.directory.remove(self)
                return .gone
            }
            return true
        }
    }

    func cleanUpAgent() async {
        await SessionHandle.$current.withValue(handle()) { await agent.cleanUp() }
        await captureState(cause: fold.seq)
    }

    /// Waking it for a job that comes in a moment would cost more than it saves.
    private var hasTickSoon: Bool {
        let soon = services.time.now + 5000
        return blueprint.jobs.contains { job in
            guard let lane = lanes[job.name], !lane.isPaused else { return false }
            return (job.schedule.next(after: services.time.now, in: job.timezone) ?? .max) <= soon
        }
    }
}
