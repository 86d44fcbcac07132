internal import ArgumentParser

/// A load of HTTP requests, as a process of its own; prints how many a second were answered.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load", shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument {
        /// What plain Hummingbird is asked.
        case floor
        /// Turns, fifty of them a session, as many users would have.
        case turns
        /// A new session with each.
        case first
        /// One session a connection.
        case same
    }

    @Option var port: Int
    @Option var kind: Kind
    @Option var connections = 32
    @Option var seconds = 1.0
    @Option var limit = Int.max
    /// What the ids of sessions begin with.
    @Option var name = "c"

    func run() async throws {
        let (kind, name) = (kind, name)
        let rate = try await Load(port: port, connections: connections, seconds: seconds, limit: limit) {
            connection,
            number in
            let path =
                switch kind {
                case .floor: "/chat"
                case .turns: "/v1/agents/echo/chat?sessionId=\(name)\(connection)-\(number / 50)"
                case .first: "/v1/agents/echo/chat?sessionId=\(name)\(connection)-\(number)"
                case .same: "/v1/agents/echo/chat?sessionId=\(name)\(connection)"
                }
            return (path, "{\"message\":\"hello there\"}")
        }
        .run()
        print(rate)
    }

    /// Runs it, and says the rate.
    static func rate(
        _ kind: Kind,
        at port: Int,
        name: String = "c",
        connections: Int = 32,
        seconds: Double,
        limit: Int = .max
    ) async throws -> Double {
        let arguments = [
            "load", "--port", "\(port)", "--kind", kind.rawValue, "--connections", "\(connections)", "--seconds",
            "\(seconds)", "--limit", "\(limit)", "--name", name,
        ]
        guard let rate = try await Child.numbers(arguments).first else {
            throw Load.Failed(description: "the load told no rate")
        }
        return rate
    }
}
