/// How many steps of a rerun there were, and in what they differ.
package struct RerunTally: Sendable, Hashable {
    package var steps = 0
    package var repeated = 0
    /// How many should have been repeated and could not be.
    package var lost = 0
    package var different: [RerunStep.Aspect: Int] = [:]

    package init() {}

    package mutating func count(_ step: RerunStep) {
        steps += 1
        if step.rerun != nil { repeated += 1 }
        if step.isLost { lost += 1 }
        for aspect in RerunStep.Aspect.allCases where !step.isSame(aspect) { different[aspect, default: 0] += 1 }
    }

    /// `2 of 3 steps repeated, differs: replies 1`.
    package var sentence: String {
        let parts = RerunStep.Aspect.allCases.compactMap { aspect in
            different[aspect].flatMap { $0 == 0 ? nil : "\(aspect.rawValue) \($0)" }
        }
        let outcome = parts.isEmpty ? "nothing differs" : "differs: \(parts.joined(separator: ", "))"
        let rest = lost == 0 ? "" : ", \(lost) could not be repeated"
        return "\(repeated) of \(steps) step\(steps == 1 ? "" : "s") repeated, \(outcome)\(rest)"
    }

    package var hasDifferences: Bool { different.contains { $0.value > 0 } }
}
