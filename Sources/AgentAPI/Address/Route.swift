/// What a path leads to. Pure; nothing else parses paths.
package enum Route: Equatable {
    case chat(agent: String?)
    case hook(agent: String?, name: String)
    case health
    case ready
    case metrics
    case inspect
    /// A chat over WebSocket.
    case socket(SocketAddress)
    case unknown

    package init(_ address: Address) {
        let pieces = address.pieces
        switch (pieces.first, pieces.count) {
        case ("health", 1): self = .health
        case ("ready", 1): self = .ready
        case ("metrics", 1): self = .metrics
        case ("hooks", 2): self = .hook(agent: nil, name: pieces[1])
        case ("v1", _): self = Self.versioned(Array(pieces.dropFirst()), address)
        default: self = .unknown
        }
    }

    private static func versioned(_ pieces: [String], _ address: Address) -> Route {
        switch (pieces.first, pieces.count) {
        case ("inspect", 1): .inspect
        case ("chat", 1): .chat(agent: nil)
        case ("hooks", 2): .hook(agent: nil, name: pieces[1])
        case ("agents", 3) where pieces[2] == "chat": .chat(agent: pieces[1])
        case ("agents", 4) where pieces[2] == "hooks": .hook(agent: pieces[1], name: pieces[3])
        case ("agents", _), ("hooks", _), ("chat", _), ("inspect", _): .unknown
        default: SocketAddress(pieces, address).map(Route.socket) ?? .unknown
        }
    }

    /// The methods that the path accepts, as listed in `Allow`.
    var methods: [String] {
        switch self {
        case .chat: ["POST"]
        case .hook: ["GET", "POST"]
        case .health, .ready, .metrics: ["GET", "HEAD"]
        case .inspect, .socket: ["GET"]
        case .unknown: []
        }
    }
}

/// The address of a chat over WebSocket: `/v1/{agent}?…`, `/v1?agent_id=…`, or `key=value` pieces in any order.
package struct SocketAddress: Equatable, Sendable {
    private(set) var agent: String?
    private(set) var key: String?
    /// Where session ids were found, in the order of the contract.
    private(set) var sessions: [NamedSession] = []
    private(set) var streams = false

    init?(_ pieces: [String], _ address: Address) {
        for (name, value) in address.query { take(name, value, from: "query") }
        var plain: [String] = []
        for piece in pieces {
            let sides = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if sides.count == 2 { take(sides[0], sides[1], from: "path piece") } else { plain.append(piece) }
        }
        guard plain.count <= 1 else { return nil }
        if let named = plain.first { agent = named }
    }

    private mutating func take(_ name: String, _ value: String, from place: String) {
        guard !value.isEmpty else { return }
        switch name {
        case "agent_id", "agentId": agent = agent ?? value
        case "api_key", "apiKey": key = key ?? value
        case "sessionId", "session_id": sessions.append(NamedSession(name: "\(place) \(name)", id: value))
        case "stream": streams = value == "true"
        default: break
        }
    }
}
