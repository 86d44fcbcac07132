internal import Foundation
internal import SessionModel

/// A line of the results: `{"case","value","unit","floor","ratio","budget","ok"}`.
enum Report {
    /// A rate beside the floor's; the budget is what its ratio to the floor is to be at least.
    static func ratio(_ name: String, perSecond: Double, floor: Double, budget: Double) {
        let ratio = perSecond / floor
        line([
            "case": .string(name), "value": .double(perSecond.rounded()), "unit": "1/s",
            "floor": .double(floor.rounded()), "ratio": .double((ratio * 1000).rounded() / 1000),
            "budget": .double(budget), "ok": .bool(ratio >= budget),
        ])
    }

    /// Something that may be at most so large.
    static func most(_ name: String, _ value: Double, _ unit: String, budget: Double) {
        line([
            "case": .string(name), "value": .double((value * 100).rounded() / 100), "unit": .string(unit),
            "budget": budget.isFinite ? .double(budget) : .null, "ok": .bool(value <= budget),
        ])
    }

    /// Something that is to be at least so much.
    static func least(_ name: String, _ value: Double, _ unit: String, budget: Double) {
        line([
            "case": .string(name), "value": .double(value.rounded()), "unit": .string(unit),
            "budget": .double(budget), "ok": .bool(value >= budget),
        ])
    }

    private static func line(_ result: JSON) {
        FileHandle.standardOutput.write(Data((result.text + "\n").utf8))
    }
}
