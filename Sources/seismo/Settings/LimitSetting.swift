internal import AgentAPI
internal import ArgumentParser
internal import MagmaRuntime
internal import MagmaServer
internal import WebSocket

/// One limit as `--limit NAME=VALUE` has it.
struct LimitSetting: Sendable {
    private enum Name: String, CaseIterable, Sendable {
        case body, headers, connections, rate, sessions, messages, state, result, logs
        case setupTime = "setup-time"
        case hookTime = "hook-time"
        case jobTime = "job-time"
        case toolTime = "tool-time"
        case bodyTime = "body-time"
        case temporaryTime = "temporary-time"
        case idleConnection = "idle-connection"
    }

    private let name: Name
    private let value: Int

    /// `body=1MB`, `rate=50`, `hook-time=10s`.
    ///
    /// - Throws: `ValidationError` that says which part is wrong.
    init(_ argument: String) throws {
        let sides = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2 else { throw ValidationError("A limit is written name=value, such as rate=50.") }
        guard let name = Name(rawValue: sides[0]) else {
            throw ValidationError("There is no limit '\(sides[0])'; there are \(Self.allNames).")
        }
        self.name = name
        switch name {
        case .setupTime, .hookTime, .jobTime, .toolTime, .bodyTime, .temporaryTime, .idleConnection:
            guard let span = DurationArgument(argument: sides[1]) else {
                throw ValidationError("'\(sides[1])' is no time; write one such as 90s, 10m or 1h.")
            }
            // At most the longest time that a `DurationArgument` takes; both are 64 bits wide.
            value = Int(span.milliseconds)
        default:
            let units = ["KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30]
            let unit = units.first { sides[1].hasSuffix($0.key) }
            let digits = unit == nil ? sides[1][...] : sides[1].dropLast(2)
            guard let number = Int(digits), (1...1_000_000_000).contains(number) else {
                throw ValidationError(
                    "'\(sides[1])' is no number from 1 to 1000000000; KB, MB or GB may stand behind it."
                )
            }
            // At most 10^9 GB, about 10^18, which fits.
            value = number * (unit?.value ?? 1)
        }
    }

    static var allNames: String { Name.allCases.map(\.rawValue).joined(separator: ", ") }

    func apply(to server: inout ServerConfiguration, _ runtime: inout RuntimeLimits) {
        switch name {
        case .body: server.api.maximumBody = value
        case .headers:
            (server.api.limits.headers, server.api.limits.headerField) = (
                value, min(value, server.api.limits.headerField)
            )
        case .connections: server.maximumConnections = value
        case .rate: server.api.rate = Rate(perSecond: Double(value))
        case .sessions: runtime.sessions.awake = value
        case .messages: runtime.contextMessages = value
        case .state: runtime.state = value
        case .result: runtime.result = value
        case .logs: runtime.logs = value
        case .setupTime: runtime.handlers.setup = Int64(value)
        case .hookTime: runtime.handlers.hook = Int64(value)
        case .jobTime: runtime.handlers.job = Int64(value)
        case .toolTime: runtime.handlers.tool = Int64(value)
        case .bodyTime: server.api.limits.body = .milliseconds(value)
        case .temporaryTime: runtime.sessions.temporary = Int64(value)
        case .idleConnection: server.api.limits.idle = .milliseconds(value)
        }
    }
}
