import CoreMetrics
import MagmaRuntime
import Testing

@testable import MagmaServer

@Suite("Metrics of agents")
struct MetricsBackendTests {
    @Test(
        "what an agent records through swift-metrics is among the runtime's, and the first runtime's stay those of the process"
    )
    func agents() {
        let (first, second) = (PrometheusMetrics(), PrometheusMetrics())
        MetricsBackend.install(first)
        MetricsBackend.install(second)
        Counter(label: "parcels_sent", dimensions: [("by", "dhl")]).increment(by: 2)
        #expect(first.text.contains("parcels_sent{by=\"dhl\"} 2\n"))
        #expect(!second.text.contains("parcels_sent"))
    }
}
