internal import Logging
internal import Magma

/// What every session of a runtime shares.
struct SessionServices: Sendable {
    let store: any SessionStore
    let registry: SessionRegistry
    let journal: Journal
    let feed: EventFeed
    let index: SessionIndex
    let meter: RuntimeMeter
    let tickLog: TickLog
    let time: any TimeSource
    let ids: any IDSource
    /// The model of agents that bring none of their own.
    let provider: any Provider
    let limits: RuntimeLimits
    let log: Logger
    /// The time before the start in which a runtime on this store was due to run and did not.
    let downtime: ClosedRange<Int64>?
}

/// How long things may take, and how much there may be. Times are milliseconds.
package struct RuntimeLimits: Sendable {
    package var hookTime: Int64 = 30_000
    package var jobTime: Int64 = 300_000
    /// How long a temporary session lives without traffic, and stays listed after its end.
    package var temporaryRetention: Int64 = 900_000
    /// How long a session may be unused before it sleeps.
    package var idle: Int64 = 600_000
    /// How long answers to requests with an idempotency key are kept.
    package var answerRetention: Int64 = 86_400_000
    /// Completions in one turn, so that a model that calls tools for ever comes to an end.
    package var completionsPerTurn = 32
    /// Sessions of one job that tick at the same moment.
    package var ticksAtOnce = 256
    /// Frames that wait for one slow client.
    package var clientFrames = 256

    package init() {}
}
