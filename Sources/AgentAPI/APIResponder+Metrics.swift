internal import CoreMetrics
internal import Logging
internal import MagmaRuntime
internal import NIOCore
internal import NIOHTTP1
internal import SessionModel
internal import WebSocket
internal import WorkPool

extension APIResponder {
    /// Milliseconds that the store is given to count sessions.
    private static let patience: Int64 = 2000

    /// What the runtime and its agents recorded, in Prometheus' text format (exposition format 0.0.4). While the store does not
    /// answer, the numbers of sessions stay as they were.
    var metrics: ServerResponse {
        get async {
            var counts: SessionCounts?
            do { counts = try await runtime.counts(within: Self.patience) } catch {
                log.warning("The store did not count its sessions", metadata: ["error": "\(error)"])
            }
            for (name, help, value) in [
                ("magma_sessions_awake", "Lasting sessions in memory", counts?.awake),
                ("magma_sessions_asleep", "Lasting sessions in the store only", counts?.asleep),
                ("magma_sessions_temporary", "Live temporary sessions", counts?.temporary),
                ("magma_sessions_ended", "Sessions that ended and are still listed", counts?.ended),
                ("magma_store_lag", "Sessions whose events wait to be stored", runtime.storeLag),
                ("magma_inspectors", "Inspectors connected", inspectors()),
                ("magma_threads_stuck", "Threads whose work blocks or computes for too long", WorkPool.shared.stuck),
                ("magma_memory_bytes", "Resident memory in bytes", ProcessMemory.resident),
            ] {
                guard let value else { continue }
                runtime.metrics.describe(name, help)
                Gauge(label: name, factory: runtime.metrics).record(value)
            }
            return ServerResponse(
                status: .ok,
                headers: ["content-type": "text/plain; version=0.0.4; charset=utf-8"],
                body: .whole(ByteBuffer(string: runtime.metrics.text))
            )
        }
    }
}
