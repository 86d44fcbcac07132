internal import Logging
internal import Magma
internal import SessionModel

/// What every session of a runtime shares.
struct SessionServices: Sendable {
    let store: any SessionStore
    let journal: Journal
    let feed: EventFeed
    let meter: RuntimeMeter
    let tickLog: TickLog
    let pausedJobs: PausedJobs
    let deadlines: Deadlines
    let ids: any IDSource
    /// The model of agents that bring none of their own.
    let provider: any Provider
    let limits: RuntimeLimits
    let log: Logger
    /// The time before the start in which a runtime on this store was due to run and did not.
    let downtime: ClosedRange<Int64>?

    var time: any TimeSource { deadlines.time }
}
