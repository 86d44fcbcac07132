internal import Hummingbird
internal import Inspection
internal import MagmaRuntime
internal import NIOCore
internal import SessionModel
internal import WorkPool

extension Response {
    /// The runtime's numbers in Prometheus' text format (exposition format 0.0.4).
    init(metrics stats: RuntimeStats, _ meter: RuntimeMeter) {
        var lines = [
            Self.gauge("magma_sessions_awake", "Lasting sessions in memory", stats.counts.awake),
            Self.gauge("magma_sessions_asleep", "Lasting sessions in the store only", stats.counts.asleep),
            Self.gauge("magma_sessions_temporary", "Temporary sessions that live", stats.counts.temporary),
            Self.gauge("magma_sessions_ended", "Sessions that ended and are still listed", stats.counts.ended),
            Self.counter("magma_turns_total", "Turns that came to an end", stats.turns),
            Self.counter("magma_hooks_total", "Webhooks handled", stats.hooks),
            Self.counter("magma_ticks_total", "Runs of jobs", stats.ticks),
            Self.counter("magma_events_total", "Events written to journals", stats.events),
            Self.gauge("magma_store_lag", "Sessions whose events wait to be stored", stats.storeLag),
            Self.gauge("magma_inspectors", "Inspectors connected", stats.inspectors),
            Self.gauge("magma_threads_stuck", "Threads at work that does not wait for long, or blocks", WorkPool.stuck),
            Self.gauge("magma_memory_bytes", "Memory resident", stats.memory),
        ]
        for (kind, name) in [(RuntimeMeter.Kind.turns, "turn"), (.hooks, "hook"), (.ticks, "tick")] {
            let work = meter.work(kind)
            lines.append(Self.counter("magma_\(name)_failures_total", "Those that failed", work.failures))
            lines.append(Self.histogram("magma_\(name)_duration_seconds", "How long they took", work.durations))
        }
        self.init(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: lines.joined()))
        )
    }

    private static func gauge(_ name: String, _ help: String, _ value: Int) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n"
    }

    private static func counter(_ name: String, _ help: String, _ value: Int) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) counter\n\(name) \(value)\n"
    }

    private static func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) -> String {
        var text = "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
        var count = 0
        for (bound, more) in zip(DurationHistogram.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
            count += more
            text += "\(name)_bucket{le=\"\(bound)\"} \(count)\n"
        }
        return text + "\(name)_sum \(histogram.sum)\n\(name)_count \(count)\n"
    }
}
