/// The runtime in numbers: `runtime.stats`.
package struct RuntimeStats: Sendable, Hashable {
    /// How many there were in the last full second.
    package struct Rates: Sendable, Hashable {
        package var turns = 0.0
        package var hooks = 0.0
        package var ticks = 0.0
        package var events = 0.0
    }

    package var counts = SessionCounts()
    /// Since the start.
    package var turns = 0
    package var hooks = 0
    package var ticks = 0
    package var events = 0
    package var rates = Rates()
    /// Durations of the last thousand turns, in milliseconds.
    package var turnP50 = 0.0
    package var turnP99 = 0.0
    /// Bytes resident.
    package var memory = 0
    package var inspectors = 0
    /// Sessions whose events wait to be stored.
    package var storeLag = 0
    /// List updates that were coalesced into a later one for inspectors, since the start.
    package var coalesced = 0

    /// The runtimes that use its database together; none where it is alone.
    package var nodes: [NodeSummary] = []

    package init() {}
}
