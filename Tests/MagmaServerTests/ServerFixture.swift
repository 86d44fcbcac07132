import AgentAPI
import BundledAgents
import HTTPTypes
import Inspection
import Logging
import Magma
import MagmaProviders
import MagmaRuntime
import ServiceLifecycle
import SessionModel
import TestSupport
import WebSocket

@testable import InspectionServer
@testable import MagmaServer

/// The bundled agents on a free port of loopback.
struct ServerFixture: Sendable {
    /// Milliseconds for whatever is limited in time and is no test's subject: none fails because the machine is slow.
    private static let longest: Int64 = 900_000

    let port: Int
    let runtime: Runtime

    static func run(
        agents: [any Agent.Type] = BundledAgents.all,
        scripts: [String: Script] = BundledAgents.scripts(pace: .zero),
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (ServerFixture) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var limits = RuntimeLimits()
        limits.handlers.setup = Self.longest
        limits.handlers.hook = Self.longest
        limits.handlers.job = Self.longest
        limits.handlers.tool = Self.longest
        limits.answers.wait = Self.longest
        let runtime = try await Runtime(
            agents: agents.map { try AgentBlueprint($0) },
            provider: ScriptedProvider(scripts),
            limits: limits,
            log: quiet
        )
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.inspection.tokens = Role.allCases.map {
            InspectorToken(name: $0.rawValue, role: $0, secret: "\($0.rawValue)-secret")
        }
        configuration.inspection.pingInterval = .milliseconds(Self.longest)
        configuration.api.pingInterval = .milliseconds(Self.longest)
        configuration.api.limits.firstRequest = .milliseconds(Self.longest)
        configuration.api.limits.body = .milliseconds(Self.longest)
        configuration.api.limits.idle = .milliseconds(Self.longest)
        configure(&configuration)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = try ServerApplication(runtime: runtime, configuration: configuration, log: quiet) {
            listening.yield($0)
        }
        let group = ServiceGroup(configuration: .init(services: [server], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { return }
            do { try await body(ServerFixture(port: port, runtime: runtime)) } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> HTTPAnswer {
        try await RawConnection.http(port: port, "GET", path, headers: headers)
    }

    func post(
        _ path: String,
        _ body: String,
        type: String? = "application/json",
        headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        let types = type.map { [("Content-Type", $0)] } ?? []
        return try await RawConnection.http(port: port, "POST", path, headers: types + headers, body: Array(body.utf8))
    }

    func socket(_ path: String, fields: HTTPFields = [:]) async throws -> WebSocketConnection {
        try await WebSocketClient.connect(
            to: .init(host: "127.0.0.1", port: port, path: path, fields: fields),
            timeout: .seconds(300)
        )
    }

    /// An inspector of that role, for as long as `body` runs.
    func inspect(as role: Role = .admin, _ body: (TestInspector) async throws -> Void) async throws {
        let connection = try await socket("/v1/inspect", fields: [.authorization: "Bearer \(role.rawValue)-secret"])
        try await connection.run { messages, writer in
            try await body(TestInspector(messages: messages.makeAsyncIterator(), writer: writer))
        }
    }
}

/// A client of the inspection protocol that reads one message after another.
final class TestInspector {
    private var messages: WebSocketMessages.AsyncIterator
    let writer: WebSocketWriter
    private var requests = 0
    /// What came while an answer was waited for.
    private(set) var notes: [(method: String, params: JSON)] = []

    init(messages: WebSocketMessages.AsyncIterator, writer: WebSocketWriter) {
        self.messages = messages
        self.writer = writer
    }

    func call(_ method: String, _ params: JSON = [:]) async throws -> JSON {
        requests += 1
        try await writer.send(RPCMessage.request(RPCRequest(id: .int(requests), method: method, params: params)).text)
        return try await answer(to: .int(requests))
    }

    func answer(to id: JSON) async throws -> JSON {
        while let text = try await messages.next(isolation: nil) {
            switch try RPCMessage(parsing: text) {
            case .answer(let other, let result) where other == id: return try result.get()
            case .notification(let method, let params): notes.append((method, params))
            default: break
            }
        }
        throw RPCError.failed("closed", "The connection was closed.")
    }

    /// The next notification of a method that fits.
    func note(_ method: String, where fits: (JSON) -> Bool = { _ in true }) async throws -> JSON {
        if let index = notes.firstIndex(where: { $0.method == method && fits($0.params) }) {
            return notes.remove(at: index).params
        }
        while let text = try await messages.next(isolation: nil) {
            guard case .notification(let name, let params) = try RPCMessage(parsing: text) else { continue }
            if name == method, fits(params) { return params }
            notes.append((name, params))
        }
        throw RPCError.failed("closed", "The connection was closed.")
    }

    func event(_ kind: String) async throws -> JSON {
        try await note("session.event") { $0["event"]?["kind"]?.string == kind }["event"] ?? .null
    }
}

extension HTTPAnswer {
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var code: String { json["code"]?.string ?? "" }
}
