import CoreMetrics
import Testing

@testable import MagmaRuntime

@Suite("Metrics as Prometheus text")
struct PrometheusMetricsTests {
    private func lines(_ metrics: PrometheusMetrics) -> [String] {
        metrics.text.split(separator: "\n").map(String.init).filter { !$0.contains("magma_metrics_dropped") }
    }

    @Test("each kind of swift-metrics has its type")
    func kinds() {
        let metrics = PrometheusMetrics()
        metrics.describe("orders", "Orders\nthat \\ shipped")
        Counter(label: "orders", factory: metrics).increment(by: 3)
        FloatingPointCounter(label: "euros", factory: metrics).increment(by: 1.5)
        Gauge(label: "queue", factory: metrics).record(7)
        Meter(label: "level", factory: metrics).set(2.25)
        let sizes = Recorder(label: "sizes", aggregate: true, factory: metrics)
        sizes.record(3)
        sizes.record(4)
        #expect(
            lines(metrics) == [
                "# TYPE euros counter", "euros 1.5", "# TYPE level gauge", "level 2.25",
                "# HELP orders Orders\\nthat \\\\ shipped", "# TYPE orders counter", "orders 3", "# TYPE queue gauge",
                "queue 7", "# TYPE sizes summary", "sizes_sum 7", "sizes_count 2",
            ]
        )
    }

    @Test("timers are histograms in seconds, with cumulative buckets")
    func timers() {
        let metrics = PrometheusMetrics()
        let timer = CoreMetrics.Timer(label: "t", dimensions: [("kind", "a")], factory: metrics)
        for milliseconds in [0.5, 1, 40, 400_000] { timer.recordMilliseconds(milliseconds) }
        let text = lines(metrics)
        #expect(text.first == "# TYPE t histogram")
        #expect(text.contains("t_bucket{kind=\"a\",le=\"0.001\"} 2"))
        #expect(text.contains("t_bucket{kind=\"a\",le=\"0.01\"} 2"))
        #expect(text.contains("t_bucket{kind=\"a\",le=\"0.05\"} 3"))
        #expect(text.contains("t_bucket{kind=\"a\",le=\"300.0\"} 3"))
        #expect(text.contains("t_bucket{kind=\"a\",le=\"+Inf\"} 4"))
        #expect(text.contains("t_count{kind=\"a\"} 4"))
    }

    @Test(
        "names and labels are those of the format",
        arguments: [
            ("http.requests", [("path", "/a\"b\\c\nd")], "http_requests{path=\"/a\\\"b\\\\c\\nd\"} 1"),
            ("7up", [], "_7up 1"), ("", [], "_ 1"), ("größe", [("a:b", "ü")], "gr__e{a_b=\"ü\"} 1"),
            ("n", [("b", "2"), ("a", "1")], "n{a=\"1\",b=\"2\"} 1"),
        ] as [(String, [(String, String)], String)]
    )
    func names(label: String, dimensions: [(String, String)], sample: String) {
        let metrics = PrometheusMetrics()
        Counter(label: label, dimensions: dimensions, factory: metrics).increment()
        #expect(lines(metrics).last == sample)
    }

    @Test("one name and set of labels is one series, and another kind of that name another metric")
    func same() {
        let metrics = PrometheusMetrics()
        for _ in 0..<2 { Counter(label: "x", dimensions: [("a", "1")], factory: metrics).increment() }
        for value in [5, 6] { Gauge(label: "x", dimensions: [("a", "1")], factory: metrics).record(value) }
        #expect(
            lines(metrics) == ["# TYPE x counter", "x{a=\"1\"} 2", "# TYPE x_gauge gauge", "x_gauge{a=\"1\"} 6"]
        )
    }

    @Test("what is written the same is one series: labels in another order, names that differ in other characters only")
    func written() {
        let metrics = PrometheusMetrics()
        Counter(label: "a.b", dimensions: [("x", "1"), ("y", "2")], factory: metrics).increment()
        Counter(label: "a_b", dimensions: [("y", "2"), ("x", "1")], factory: metrics).increment()
        #expect(lines(metrics) == ["# TYPE a_b counter", "a_b{x=\"1\",y=\"2\"} 2"])
    }

    @Test("a metric whose name another kind's suffix has taken loses nothing")
    func suffixes() {
        let metrics = PrometheusMetrics()
        Counter(label: "x_gauge", factory: metrics).increment(by: 4)
        Counter(label: "x", factory: metrics).increment(by: 5)
        Gauge(label: "x", factory: metrics).record(6)
        #expect(lines(metrics).filter { !$0.hasPrefix("#") } == ["x 5", "x_gauge 4", "x_gauge_gauge 6"])
    }

    @Test("a counter never goes down, whatever is added")
    func counters() {
        let metrics = PrometheusMetrics()
        let counter = FloatingPointCounter(label: "x", factory: metrics)
        for amount in [2, -1, .nan, .infinity] { counter.increment(by: amount) }
        #expect(lines(metrics).last == "x 2")
        Counter(label: "y", factory: metrics).increment(by: Int64.max)
        #expect(lines(metrics).last?.hasPrefix("y ") == true)
    }

    @Test("series are bounded, and those beyond are counted; a destroyed one makes room")
    func bound() {
        let metrics = PrometheusMetrics()
        let first = Counter(label: "n", dimensions: [("i", "0")], factory: metrics)
        for number in 1...PrometheusMetrics.maximumSeries {
            Counter(label: "n", dimensions: [("i", "\(number)")], factory: metrics).increment()
        }
        #expect(metrics.text.hasSuffix("magma_metrics_dropped 1\n"))
        first.destroy()
        Counter(label: "late", factory: metrics).increment()
        #expect(metrics.text.contains("late 1\n"))
    }
}
