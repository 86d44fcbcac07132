/// How long things may take, and how much there may be. Times are milliseconds.
package struct RuntimeLimits: Sendable {
    /// How long what authors wrote may run.
    package struct Handlers: Sendable {
        package var setup: Int64 = 30_000
        package var hook: Int64 = 30_000
        package var job: Int64 = 300_000
        package var tool: Int64 = 300_000
    }

    /// How many sessions stay in memory, and how long.
    package struct Sessions: Sendable {
        /// Sessions in memory, beyond which none is made or woken, but for as many as tick at the same moment.
        package var awake = 1_000_000
        /// How long a session may be unused before it sleeps.
        package var idle: Int64 = 600_000
        /// How long a temporary session lives without traffic, and stays listed after its end.
        package var temporary: Int64 = 900_000
        /// Bytes that the process may take before sessions sleep that are not idle yet: half of those awake, the least
        /// recently used ones.
        package var memory = 2 << 30
    }

    /// Answers to requests with an idempotency key.
    package struct Answers: Sendable {
        /// How long a request waits for one with the same key that is still running.
        package var wait: Int64 = 30_000
        /// How long an answer is kept.
        package var kept: Int64 = 86_400_000
    }

    package var handlers = Handlers()
    package var sessions = Sessions()
    package var answers = Answers()
    /// Messages of one context, beyond which a turn is refused.
    package var contextMessages = 100_000
    /// Bytes of a session's state, beyond which a change of it is taken back.
    package var state = 4 << 20
    /// Bytes of what one tool answers, or what a handler sends to clients at a time.
    package var result = 4 << 20
    /// Lines that handlers of a session may log before something else of it is stored; more are counted only.
    package var logs = 1000
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
