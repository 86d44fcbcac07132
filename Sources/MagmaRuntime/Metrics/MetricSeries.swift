internal import CoreMetrics
internal import Synchronization

/// What Prometheus calls a metric's type.
enum MetricKind: String, Sendable { case counter, gauge, histogram, summary }

/// The values of one metric with one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    var kind: MetricKind { get }
    /// Its sample lines.
    func lines(_ name: String, _ labels: String) -> [String]
}

final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    var kind: MetricKind { .counter }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// A counter never goes down, and stays finite.
    func increment(by amount: Double) {
        guard amount >= 0, amount.isFinite else { return }
        value.withLock { $0 = min($0 + amount, .greatestFiniteMagnitude) }
    }

    func reset() { value.withLock { $0 = 0 } }

    func lines(_ name: String, _ labels: String) -> [String] {
        [MetricText.sample(name, labels, value.withLock { $0 })]
    }
}

final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    var kind: MetricKind { .gauge }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func lines(_ name: String, _ labels: String) -> [String] {
        [MetricText.sample(name, labels, value.withLock { $0 })]
    }
}

final class SummarySeries: MetricSeries, RecorderHandler {
    private let state = Mutex((count: 0, sum: 0.0))

    var kind: MetricKind { .summary }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            state.count += 1
            state.sum += value
        }
    }

    func lines(_ name: String, _ labels: String) -> [String] {
        let (count, sum) = state.withLock { $0 }
        return [
            MetricText.sample("\(name)_sum", labels, sum), MetricText.sample("\(name)_count", labels, Double(count)),
        ]
    }
}

/// Durations in seconds.
final class HistogramSeries: MetricSeries, TimerHandler {
    /// Upper bounds of the buckets, in seconds; the last bucket has none.
    static let bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]

    private struct State {
        /// How many fell into each bucket, not counting those below it.
        var counts = [Int](repeating: 0, count: bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    var kind: MetricKind { .histogram }

    func recordNanoseconds(_ duration: Int64) {
        let seconds = max(0, Double(duration) / 1e9)
        state.withLock { state in
            state.counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            state.sum += seconds
        }
    }

    func lines(_ name: String, _ labels: String) -> [String] {
        let state = state.withLock { $0 }
        var lines: [String] = []
        var count = 0
        for (bound, more) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], state.counts) {
            count += more
            let label = (labels.isEmpty ? [] : [labels]) + ["le=\"\(bound)\""]
            lines.append(MetricText.sample("\(name)_bucket", label.joined(separator: ","), Double(count)))
        }
        return lines + [
            MetricText.sample("\(name)_sum", labels, state.sum),
            MetricText.sample("\(name)_count", labels, Double(count)),
        ]
    }
}

/// The grammar of the text exposition format.
enum MetricText {
    /// A label of swift-metrics as a name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    static func name(_ label: String) -> String {
        let name = String(label.unicodeScalars.prefix(200).map { isOfName($0) ? Character($0) : "_" })
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else { return "_" + name }
        return name
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ":": true
        default: false
        }
    }

    /// `a="1",b="2"`, in the order of the names.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { label, value in
            let value = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name(label).replacing(":", with: "_"))=\"\(value)\""
        }
        .sorted().joined(separator: ",")
    }

    static func help(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func sample(_ name: String, _ labels: String, _ value: Double) -> String {
        name + (labels.isEmpty ? "" : "{\(labels)}") + " " + number(value)
    }

    /// A Go `ParseFloat` number; whole ones without a fraction.
    private static func number(_ value: Double) -> String {
        switch value {
        case .infinity: "+Inf"
        case -.infinity: "-Inf"
        case _ where value.isNaN: "NaN"
        case _ where abs(value) < 0x1p53 && value == value.rounded(): "\(Int(value))"
        default: "\(value)"
        }
    }
}
