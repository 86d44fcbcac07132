internal import SessionModel
internal import Synchronization

/// What addresses lead to that were asked for lately: most clients ask for the same few again and again.
final class KnownAddresses: Sendable {
    private static let most = 64
    private static let longest = 256

    private let known = Mutex<[ExactString: (Address, Route)]>([:])

    /// - Parameter target: a path, with or without a query.
    /// - Throws: what ``Address/init(_:)`` throws.
    func find(_ target: String) throws(APIError) -> (Address, Route) {
        let name = ExactString(target)
        if let found = known.withLock({ $0[name] }) { return found }
        let address = try Address(target)
        let route = Route(address)
        if target.utf8.count <= Self.longest, isCommon(target, route) {
            known.withLock { known in
                if known.count >= Self.most { known = [:] }
                known[name] = (address, route)
            }
        }
        return (address, route)
    }

    /// Queries and addresses of WebSockets differ, and may have an API key in them.
    private func isCommon(_ target: String, _ route: Route) -> Bool {
        switch route {
        case .unknown, .socket: false
        default: !target.utf8.contains(UInt8(ascii: "?"))
        }
    }
}
