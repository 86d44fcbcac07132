internal import Foundation
internal import SessionModel
internal import Synchronization

/// The results, a JSON line each: `{"case","value","unit","floor","ratio","budget","ok"}`.
enum Report {
    private static let results = Mutex<[JSON]>([])

    /// Whether every budget was kept so far.
    static var allOK: Bool { results.withLock { $0.allSatisfy { $0["ok"]?.bool == true } } }

    /// Rates beside the floor's of the same rounds; the budget is what their ratio is to be at least, if there is one.
    static func ratio(_ name: String, _ rounds: [(value: Double, floor: Double)], budget: Double?) {
        let ratio = rounds.map { $0.value / $0.floor }.median
        line([
            "case": .string(name), "value": .double(rounds.map(\.value).median.rounded()), "unit": "1/s",
            "floor": .double(rounds.map(\.floor).median.rounded()), "ratio": .double((ratio * 1000).rounded() / 1000),
            "budget": budget.map(JSON.double) ?? .null, "ok": .bool(budget.map { ratio >= $0 } ?? true),
        ])
    }

    /// Something that may be at most so much, and has no floor.
    static func most(_ name: String, _ value: Double, _ unit: String, budget: Double) {
        line([
            "case": .string(name), "value": .double((value * 1000).rounded() / 1000), "unit": .string(unit),
            "floor": .null, "ratio": .null, "budget": budget.isFinite ? .double(budget) : .null,
            "ok": .bool(value <= budget),
        ])
    }

    /// The results so far, in columns.
    static var table: String {
        let head = ["case", "value", "unit", "floor", "ratio", "budget", "ok"]
        let rows =
            [head]
            + results.withLock { $0 }.map { result in
                head.map { name in
                    switch result[name] {
                    case .string(let text)?: text
                    case .bool(let isOK)?: isOK ? "yes" : "NO"
                    case .null?, nil: "–"
                    case let number?: number.text
                    }
                }
            }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        }
        .joined(separator: "\n")
    }

    private static func line(_ result: JSON) {
        results.withLock { $0.append(result) }
        FileHandle.standardOutput.write(Data((result.text + "\n").utf8))
    }
}

extension [Double] {
    /// Of the values in order, the one below which so many in a hundred are.
    func percentile(_ percent: Int) -> Double {
        isEmpty ? 0 : sorted()[Swift.min(count - 1, count * percent / 100)]
    }

    var median: Double { percentile(50) }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}
