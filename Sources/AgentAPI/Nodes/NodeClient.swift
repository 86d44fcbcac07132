internal import AsyncHTTPClient
internal import MagmaRuntime
internal import NIOCore
internal import NIOSSL
internal import Synchronization
internal import WebSocket

/// Sends HTTP requests to the other processes on the same store.
final class NodeClient: Sendable {
    private let client: HTTPClient
    /// For questions whether a process is there, which must not wait for other requests.
    private let asking: HTTPClient
    private let trusted = Mutex<[String: TLSConfiguration]>([:])

    /// Connections to one process at once.
    private static let mostConnections = 4096
    /// How long a process may take to say that it is there.
    private static let patience = TimeAmount.seconds(3)

    init() {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(2)
        // Who asked is told at once that a process is gone, and tries again; by then its lease may be over.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.mostConnections
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        asking = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async {
        try? await client.shutdown()
        try? await asking.shutdown()
    }

    /// - Parameter request: with the process's address.
    func execute(
        _ request: HTTPClientRequest,
        to contact: NodeContact
    ) async throws -> HTTPClientResponse {
        try await client.execute(trusting(contact, request), deadline: .distantFuture)
    }

    private func trusting(_ contact: NodeContact, _ request: HTTPClientRequest) throws -> HTTPClientRequest {
        var request = request
        if let certificate = contact.certificate { request.tlsConfiguration = try trust(certificate) }
        return request
    }

    /// Whether a process answers at all, ready or not.
    func isAnswered(by contact: NodeContact) async -> Bool {
        let request = HTTPClientRequest(url: contact.address + "/health")
        guard let request = try? trusting(contact, request),
            let response = try? await asking.execute(request, deadline: .now() + Self.patience)
        else { return false }
        // The connection is of use again only when all of the answer was read.
        _ = try? await response.body.collect(upTo: 1 << 16)
        return true
    }

    private func trust(_ certificate: String) throws -> TLSConfiguration {
        if let known = trusted.withLock({ $0[certificate] }) { return known }
        let made = try TLSTrust.configuration(trusting: certificate)
        trusted.withLock { $0[certificate] = made }
        return made
    }
}
