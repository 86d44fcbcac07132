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
        /// Maximum sessions in memory; above it none is created or woken, except up to ``ticksAtOnce`` for a job's ticks.
        package var awake = 1_000_000
        /// How long a session stays unused before it sleeps.
        package var idle: Int64 = 600_000
        /// How long a temporary session lives without traffic, and stays listed after its end.
        package var temporary: Int64 = 900_000
        /// Resident bytes of the process above which the least recently used half of the awake sessions sleeps early.
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
    /// Maximum messages of one context; a turn that would exceed it is refused.
    package var contextMessages = 100_000
    /// Maximum bytes of a session's state; a change that exceeds it is rolled back.
    package var state = 4 << 20
    /// Maximum bytes of a tool's result, and of what a handler sends to clients at a time.
    package var result = 4 << 20
    /// Maximum lines that handlers of a session log between two stored batches; further lines are only counted.
    package var logs = 1000
    /// Events between two checkpoints of a session, so that reading never begins further back.
    package var checkpointEvents = 512
    /// Maximum completions in one turn, so that a model that keeps calling tools comes to an end.
    package var completionsPerTurn = 32
    /// Maximum sessions that one job ticks at the same time.
    package var ticksAtOnce = 256
    /// Maximum frames queued for one slow client.
    package var clientFrames = 256

    package init() {}
}
