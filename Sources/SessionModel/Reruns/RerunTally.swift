/// How many steps of a rerun there were, and in what they differ.
package struct RerunTally: Sendable, Hashable {
    package var steps = 0
    package var repeated = 0
    package var different: [RerunStep.Aspect: Int] = [:]

    package init() {}

    package mutating func count(_ step: RerunStep) {
        steps += 1
        if step.rerun != nil { repeated += 1 }
        for aspect in RerunStep.Aspect.allCases where !step.isSame(aspect) { different[aspect, default: 0] += 1 }
    }
}
