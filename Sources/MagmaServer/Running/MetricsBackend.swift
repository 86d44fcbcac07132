internal import CoreMetrics
internal import MagmaRuntime
internal import Synchronization

/// The default metrics backend of agents and libraries.
enum MetricsBackend {
    private static let isInstalled = Mutex(false)

    /// Makes a runtime's metrics those of the process, unless the program has chosen a backend itself.
    static func install(_ metrics: PrometheusMetrics) {
        isInstalled.withLock { isInstalled in
            guard !isInstalled, MetricsSystem.factory is NOOPMetricsHandler else { return }
            MetricsSystem.bootstrap(metrics)
            isInstalled = true
        }
    }
}
