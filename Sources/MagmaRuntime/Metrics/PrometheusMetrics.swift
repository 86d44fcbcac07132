package import CoreMetrics
internal import Synchronization

/// Keeps what is recorded through swift-metrics, by the runtime and by agents, for Prometheus to read (text exposition format
/// 0.0.4).
///
/// Counters become counters, gauges and meters gauges, timers histograms in seconds, and other recorders summaries of sum and
/// count. A label is made a valid name by `_` in place of other characters; where two kinds share a name the later one gets its
/// kind as a suffix.
package final class PrometheusMetrics: MetricsFactory {
    /// Series that are kept at once; what is recorded to others is counted as dropped.
    package static let maximumSeries = 10_000

    private struct Family {
        let kind: MetricKind
        /// By their labels, as they are written.
        var series: [String: any MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var count = 0
        var dropped = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Says what a metric is, on its `# HELP` line.
    package func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[MetricText.name(label)] = help }
    }

    /// Everything that was recorded, by name.
    package var text: String {
        let (families, help, dropped) = state.withLock { ($0.families, $0.help, $0.dropped) }
        var lines: [String] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = help[name] { lines.append("# HELP \(name) \(MetricText.help(help))") }
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                lines += series.lines(name, labels)
            }
        }
        lines += ["# TYPE magma_metrics_dropped counter", "magma_metrics_dropped \(dropped)"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The series of that name and those dimensions, made at first sight.
    private func series<Series: MetricSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: () -> Series
    ) -> Series {
        let made = make()
        let labels = MetricText.labels(dimensions)
        return state.withLock { state in
            var name = MetricText.name(label)
            while let family = state.families[name], family.kind != made.kind { name += "_\(made.kind.rawValue)" }
            var family = state.families[name] ?? Family(kind: made.kind)
            if let known = family.series[labels] as? Series { return known }
            guard state.count < Self.maximumSeries else {
                state.dropped += 1
                return made
            }
            family.series[labels] = made
            state.families[name] = family
            state.count += 1
            return made
        }
    }

    private func remove(_ gone: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let labels = family.series.first(where: { $0.value === gone })?.key else { continue }
                state.families[name]?.series[labels] = nil
                if state.families[name]?.series.isEmpty == true { state.families[name] = nil }
                state.count -= 1
            }
        }
    }
}

// MARK: What swift-metrics asks for

extension PrometheusMetrics {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { CounterSeries() }
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions) { CounterSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { GaugeSeries() }
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return series(label, dimensions) { SummarySeries() } }
        return series(label, dimensions) { GaugeSeries() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { HistogramSeries() }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
