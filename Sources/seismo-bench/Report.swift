internal import SessionModel

/// A line of the results.
struct Report {
    /// A rate beside the floor's.
    static func ratio(_ name: String, perSecond: Double, floor: Double, budget: Double) {
        let ratio = perSecond / floor
        line([
            "case": .string(name), "per_second": .double(perSecond.rounded()), "floor": .double(floor.rounded()),
            "ratio": .double((ratio * 1000).rounded() / 1000), "budget": .double(budget), "ok": .bool(ratio >= budget),
        ])
    }

    /// Something that may be at most so large.
    static func most(_ name: String, _ value: Double, _ unit: String, budget: Double) {
        line([
            "case": .string(name), .init(unit): .double((value * 100).rounded() / 100), "budget": .double(budget),
            "ok": .bool(value <= budget),
        ])
    }

    private static func line(_ result: JSON) { print(result.text) }
}
