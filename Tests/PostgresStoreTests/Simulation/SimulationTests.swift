import Foundation
import Testing

/// More of them find what is rarer.
private let worlds = ProcessInfo.processInfo.environment["SEISMO_WORLDS"].flatMap(Int.init) ?? 40

/// Who owns a session, with all that may go wrong between nodes and their database, in an order that a seed decides.
@Suite("Whose a session is, simulated", .timeLimit(.minutes(15)))
struct SimulationTests {
    @Test("whatever goes wrong, nothing that was acknowledged is lost, and only the owner writes")
    func simulation() {
        var acknowledged = 0
        for seed in 0..<worlds {
            var world = World(seed: seed)
            world.run(for: 60_000)
            #expect(world.violations == [], "seed \(seed)")
            acknowledged += world.acknowledgements
        }
        #expect(acknowledged > worlds * 1000)
    }

    @Test("a protocol that leaves a rule out is found out", arguments: Flaw.allCases)
    func flaws(_ flaw: Flaw) {
        let found = (0..<worlds).contains { seed in
            var world = World(seed: seed, flaw: flaw)
            world.run(for: 60_000)
            return !world.violations.isEmpty
        }
        #expect(found)
    }
}
