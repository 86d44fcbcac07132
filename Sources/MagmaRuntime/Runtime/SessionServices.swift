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
    let time: any TimeSource
    let deadlines: Deadlines
    let ids: any IDSource
    /// The model of agents that bring none of their own.
    let provider: any Provider
    let limits: RuntimeLimits
    let log: Logger
    let imports = ImportBudget()
    /// The time before the start in which a runtime on this store was due to run and did not.
    let downtime: ClosedRange<Int64>?
}

/// How long things may take, and how much there may be. Times are milliseconds.
package struct RuntimeLimits: Sendable {
    package var setupTime: Int64 = 30_000
    package var hookTime: Int64 = 30_000
    package var jobTime: Int64 = 300_000
    package var toolTime: Int64 = 300_000
    /// How long a temporary session lives without traffic, and stays listed after its end.
    package var temporaryRetention: Int64 = 900_000
    /// How long a session may be unused before it sleeps.
    package var idle: Int64 = 600_000
    /// Bytes that the process may take before sessions sleep that are not idle yet: half of those awake, the least
    /// recently used ones.
    package var memory = 2 << 30
    /// Sessions in memory, beyond which none is made or woken, but for as many as tick at the same moment.
    package var sessionsAwake = 1_000_000
    /// Messages of one context, beyond which a turn is refused.
    package var contextMessages = 100_000
    /// Bytes of a session's state, beyond which a change of it is taken back.
    package var state = 4 << 20
    /// Bytes of what one tool answers, or what a handler sends to clients at a time.
    package var result = 4 << 20
    /// Lines that handlers of a session may log before something else of it is stored; more are counted only.
    package var logs = 1000
    /// How long a request waits for one with the same idempotency key that is still running.
    package var repeatWait: Int64 = 30_000
    /// How long answers to requests with an idempotency key are kept.
    package var answerRetention: Int64 = 86_400_000
    /// Events of a session after which its fold is stored, so that no reading begins further back.
    package var checkpointEvents = 512
    /// Completions in one turn, so that a model that calls tools for ever comes to an end.
    package var completionsPerTurn = 32
    /// Sessions of one job that tick at the same moment.
    package var ticksAtOnce = 256
    /// Frames that wait for one slow client.
    package var clientFrames = 256

    package init() {}
}
