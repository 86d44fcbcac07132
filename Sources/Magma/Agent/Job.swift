public import Foundation
public import SessionModel

/// A function on a cron schedule: it runs on every session, or once per agent when it is static.
public struct Job<A: Agent>: Sendable {
    public let name: String
    public let schedule: CronExpression
    public let timezone: TimeZone
    public let missed: MissedTicks
    package let action: Action

    package enum Action: Sendable {
        case onSession(@Sendable (A) async throws -> Void)
        case onAgent(@Sendable () async throws -> Void)
    }

    /// A job that runs on every session.
    public init(
        _ name: String,
        _ schedule: CronExpression,
        timezone: TimeZone = .gmt,
        missed: MissedTicks = .skip,
        run: @escaping @Sendable (A) async throws -> Void
    ) {
        self.name = name
        self.schedule = schedule
        self.timezone = timezone
        self.missed = missed
        action = .onSession(run)
    }

    /// A static job: it runs once per agent, however many sessions there are.
    public static func onAgent(
        _ name: String,
        _ schedule: CronExpression,
        timezone: TimeZone = .gmt,
        missed: MissedTicks = .skip,
        run: @escaping @Sendable () async throws -> Void
    ) -> Job {
        Job(name: name, schedule: schedule, timezone: timezone, missed: missed, action: .onAgent(run))
    }

    private init(
        name: String,
        schedule: CronExpression,
        timezone: TimeZone,
        missed: MissedTicks,
        action: Action
    ) {
        self.name = name
        self.schedule = schedule
        self.timezone = timezone
        self.missed = missed
        self.action = action
    }
}

/// What happens to ticks that were due while the runtime was not running.
public enum MissedTicks: Sendable, Hashable {
    /// They are recorded as missed.
    case skip
    /// However many were due, the job runs once when the runtime is back.
    case once
}
