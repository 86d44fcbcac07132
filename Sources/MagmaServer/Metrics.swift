internal import Hummingbird
internal import Inspection
internal import NIOCore

extension Response {
    /// The runtime's numbers in Prometheus' text format (exposition format 0.0.4).
    init(metrics stats: Stats) {
        let lines = [
            Self.gauge("magma_sessions_awake", "Lasting sessions in memory", stats.counts.awake),
            Self.gauge("magma_sessions_temporary", "Temporary sessions that live", stats.counts.temporary),
            Self.gauge("magma_sessions_ended", "Sessions that ended and are still listed", stats.counts.ended),
            Self.counter("magma_turns_total", "Turns that came to an end", stats.turns),
            Self.counter("magma_hooks_total", "Webhooks handled", stats.hooks),
            Self.counter("magma_ticks_total", "Runs of jobs", stats.ticks),
            Self.counter("magma_events_total", "Events written to journals", stats.events),
            Self.gauge("magma_store_lag", "Batches of events that wait to be stored", stats.storeLag),
            Self.gauge("magma_inspectors", "Inspectors connected", stats.inspectors),
        ]
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
}
