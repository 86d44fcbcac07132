internal import Inspection
internal import InspectionClient
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// The numbers of the other processes that use the store. All inspectors together ask for them once a second.
final class OtherNodes: Sendable {
    private let owners: OwnerCalls?
    private let asked = Mutex<(at: ContinuousClock.Instant, answers: Task<[RuntimeStats], any Error>)?>(nil)

    /// For how long answers count as new, and how long one may take.
    private static let (fresh, patience) = (Duration.milliseconds(900), Duration.seconds(1))

    init(_ owners: OwnerCalls?) { self.owners = owners }

    /// Of those that answer soon.
    var stats: [RuntimeStats] {
        get async throws {
            guard let owners, owners.runtime.hasOthers else { return [] }
            let answers = asked.withLock { asked in
                if let asked, asked.at + Self.fresh > .now { return asked.answers }
                let answers = Task { try await Self.askAll(owners) }
                asked = (.now, answers)
                return answers
            }
            return try await answers.value
        }
    }

    private static func askAll(_ owners: OwnerCalls) async throws -> [RuntimeStats] {
        let addresses = try await owners.runtime.nodes.filter { !$0.isThisOne }.map(\.contact.address)
        return await withTaskGroup(of: RuntimeStats?.self) { group in
            for address in addresses where !address.isEmpty { group.addTask { try? await ask(owners, address) } }
            return await group.reduce(into: []) { found, one in if let one { found.append(one) } }
        }
    }

    private static func ask(_ owners: OwnerCalls, _ address: String) async throws -> RuntimeStats {
        let found = Mutex<RuntimeStats?>(nil)
        try await withPatience(patience) {
            let stats = try await owners.with(address, InspectorState(name: "nodes", role: .viewer)) {
                try await $0.call(Methods.stats, StatsParams()).result.stats
            }
            found.withLock { $0 = stats }
        }
        guard let stats = found.withLock(\.self) else { throw RuntimeError.ownerUnreachable(address) }
        return stats
    }
}

extension RuntimeStats {
    /// What the processes do together. What sessions there are the store knows of all; of durations the longer ones count.
    mutating func add(_ other: RuntimeStats) {
        turns = turns.addingCount(other.turns)
        hooks = hooks.addingCount(other.hooks)
        ticks = ticks.addingCount(other.ticks)
        events = events.addingCount(other.events)
        memory = memory.addingCount(other.memory)
        inspectors = inspectors.addingCount(other.inspectors)
        storeLag = storeLag.addingCount(other.storeLag)
        coalesced = coalesced.addingCount(other.coalesced)
        rates.turns += other.rates.turns
        rates.hooks += other.rates.hooks
        rates.ticks += other.rates.ticks
        rates.events += other.rates.events
        turnP50 = max(turnP50, other.turnP50)
        turnP99 = max(turnP99, other.turnP99)
    }
}
