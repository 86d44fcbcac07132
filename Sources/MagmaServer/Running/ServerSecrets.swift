internal import AgentAPI
internal import Foundation
internal import InspectionServer
package import Logging
package import MagmaRuntime
internal import ServiceLifecycle
internal import SessionModel

/// The keys and tokens of a server, from the environment or made at start.
package struct ServerSecrets: Sendable {
    private let keys: [String]
    private let tokens: [InspectorToken]

    package init(_ environment: [String: String]) throws {
        try OpenFiles.check()
        keys = (environment["SEISMO_API_KEYS"] ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        .filter { !$0.isEmpty }
        tokens = Role.allCases.compactMap { role in
            let secret = environment["SEISMO_\(role.rawValue.uppercased())_TOKEN"] ?? ""
            return secret.isEmpty ? nil : InspectorToken(name: role.rawValue, role: role, secret: secret)
        }
    }

    /// Serves until a signal comes, and prints the address to stdout. On loopback without tokens, an admin's token is
    /// available to local inspectors while the server runs.
    package func serving(
        _ configuration: ServerConfiguration,
        _ runtime: Runtime,
        log: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        var configuration = configuration
        configuration.api.keys = APIKeys(keys)
        configuration.inspection.tokens = tokens
        var local: (token: LocalToken, file: LocalTokenFile)?
        if !configuration.inspection.hasTokens, configuration.api.isLoopback {
            let token = LocalToken.make()
            configuration.inspection.tokens = [InspectorToken(name: "local", role: .admin, secret: token.secret)]
            local = (token, try LocalTokenFile())
        }
        defer { local?.file.remove() }
        let server = try ServerApplication(runtime: runtime, configuration: configuration, log: log) {
            [local, configuration] port in
            do {
                if let local { try local.file.write(local.token, port: port) }
            } catch {
                log.error("The local token could not be written", metadata: ["error": "\(error)"])
            }
            StandardOutput.line("listening on \(configuration.address(port: port))")
            onListening(port)
        }
        if !configuration.api.isLoopback, configuration.certificate == nil {
            log.warning("Without TLS, keys and messages can be read on their way; name a certificate with --tls-cert")
        }
        MetricsBackend.install(runtime.metrics)
        let group = ServiceGroup(configuration: .init(services: [server], logger: log))
        try await Signals.stopping(group) { [local] in
            log.error("Something that runs does not end; the process ends without it")
            local?.file.remove()
            _exit(0)
        } while: {
            try await group.run()
        }
    }
}
