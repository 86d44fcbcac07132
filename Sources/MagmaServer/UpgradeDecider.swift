internal import AgentAPI
internal import InspectionServer
internal import Logging
internal import NIOHTTP1
internal import SessionModel
internal import WebSocket

/// Decides which requests become WebSockets: chats and inspectors.
struct UpgradeDecider: Sendable {
    let api: APIResponder
    let configuration: AgentAPIConfiguration
    let inspection: InspectionEndpoint
    let log: Logger

    func decide(_ request: ServerRequest) async -> WebSocketDecision {
        do {
            let address = try Address(request.path)
            let fields = request.headers
            switch Route(address) {
            case .inspect:
                if let forwarded = inspection.acceptForwarded(fields) { return forwarded }
                try configuration.checkPage(fields)
                return try await inspector(address, fields)
            case .socket(let socket): return try await api.chat(socket, request)
            default:
                try configuration.checkPage(fields)
                throw APIError.notFound(address.path)
            }
        } catch {
            return .refuse(ServerResponse(APIError(error)))
        }
    }

    private func inspector(_ address: Address, _ fields: HTTPHeaders) async throws -> WebSocketDecision {
        guard let secret = fields.credential ?? address.query("token") else { throw APIError.tokenWrong }
        guard let decision = inspection.accept(secret, fields) else {
            await configuration.wrongTries.hold(up: "An inspector sent an unknown token", log)
            throw APIError.tokenWrong
        }
        return decision
    }
}
