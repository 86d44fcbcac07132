package import HTTPTypes
internal import Inspection
internal import SessionModel
package import WebSocket

/// Opens connections to the inspection endpoint of a runtime.
package struct RuntimeConnector: Sendable {
    /// Why a connection could not be made.
    package enum Failure: Error, Sendable {
        case unreachable(String)
        case refused(status: Int, String)
        case notARuntime
    }

    private let address: RuntimeAddress
    private let trust: TLSTrust?
    private let token: @Sendable () -> String?
    private let fields: HTTPFields

    /// - Parameters:
    ///   - trust: whom to trust at an address with TLS.
    ///   - fields: more headers of the request.
    ///   - token: read before each attempt, because a restarted runtime has a new token.
    package init(
        to address: RuntimeAddress,
        trust: TLSTrust? = nil,
        fields: HTTPFields = [:],
        token: @escaping @Sendable () -> String?
    ) {
        self.address = address
        self.trust = trust
        self.fields = fields
        self.token = token
    }

    /// Tries once.
    package func connect() async throws(Failure) -> WebSocketConnection {
        var target = WebSocketClient.Target(host: address.host, port: address.port, path: Inspection.path)
        target.fields = fields
        target.fields[.secWebSocketProtocol] = Inspection.subprotocol
        if let token = token() { target.fields[.authorization] = "Bearer \(token)" }
        var configuration = WebSocketConfiguration()
        configuration.maxMessageSize = Inspection.maximumMessage
        configuration.pingInterval = .seconds(15)
        do {
            return try await WebSocketClient.connect(to: target, trust: trust, configuration: configuration)
        } catch let refused as WebSocketClient.Refused {
            let message = (try? JSON(parsing: refused.body))?["message"]?.string ?? "HTTP status \(refused.status)"
            if refused.status == 404 || refused.status == 0 { throw .notARuntime }
            throw .refused(status: refused.status, message)
        } catch is WebSocketClient.TimedOut {
            throw .unreachable("no answer within 5 s")
        } catch {
            throw .unreachable(Self.words(error))
        }
    }

    /// Why a connection failed, in words.
    package static func words(_ error: any Error) -> String {
        if let words = TLSTrust.words(error) { return words }
        let text = "\(error)"
        if text.contains("refused") || text.contains("ECONNREFUSED") { return "the connection was refused" }
        return text.contains("connectTimeout") ? "no answer" : "the connection failed"
    }
}

extension RuntimeConnector.Failure {
    package var words: String {
        switch self {
        case .unreachable(let why): why
        case .refused(_, let why): why
        case .notARuntime: "the server at this address is not a runtime with an inspection endpoint"
        }
    }
}

extension WebSocketClosure {
    /// Why a runtime closed a connection, in words.
    package var words: String {
        let said = reason.isEmpty ? "" : ": \(reason)"
        return switch code {
        case 1001: "the runtime stops or goes away\(said)"
        case 1008: "the runtime refused access\(said.isEmpty ? "; the token may have been revoked" : said)"
        case 1009: "a message was too large\(said)"
        case 1006: "the connection broke"
        default: "the runtime closed the connection\(said)"
        }
    }
}
