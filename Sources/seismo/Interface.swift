internal import Foundation
internal import Inspection
internal import Inspector
internal import MagmaServer
internal import Synchronization
internal import Terminal
internal import TerminalCurses

/// Brings link, interface and terminal together, and apart again.
struct Interface {
    private let options: InterfaceOptions
    private let profile: String
    private let theme: Theme

    /// - Throws: ``UsageError`` when there is no such theme, or no terminal to draw on.
    init(_ options: InterfaceOptions, profile: String) throws {
        guard let theme = try Theme.builtIn(options.theme) else {
            throw UsageError(
                "There is no theme '\(options.theme)'; there are \(Theme.builtInNames.joined(separator: ", "))."
            )
        }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw UsageError("The interface needs a terminal; stdin and stdout must be one.")
        }
        self.options = options
        self.profile = profile
        self.theme = theme
    }

    /// Connects, and only then takes the terminal; returns when the person quits.
    ///
    /// - Throws: ``UsageError``, or an exit code after its sentence was said.
    @MainActor
    func run(on address: RuntimeAddress, token: @escaping @Sendable () -> String?) async throws {
        let relay = Relay()
        let link = Link(to: address, token: token) { event in relay.app?.receive(.link(event)) }
        let connection = try await connect(link, address)
        let screen: CursesScreen
        do {
            screen = try CursesScreen { input in relay.app?.receive(.input(input)) }
        } catch let error as CursesScreen.Unusable {
            throw UsageError("The interface cannot be drawn: \(error.reason).")
        }
        defer { screen.close() }
        let app = InspectorApp(model: model(size: screen.size), screen: screen, palette: theme.palette) { effect in
            if case .request(let id, let method, let params) = effect { link.request(id, method, params) }
        }
        relay.app = app
        let signals = QuitSignals { app.quit() }
        defer { signals.cancel() }
        let serving = Task { await link.run(from: connection) }
        await app.run()
        serving.cancel()
    }

    private func model(size: Size) -> InspectorModel {
        InspectorModel(
            profile: profile,
            size: size,
            now: Int64(Date().timeIntervalSince1970 * 1000),
            agent: options.agent,
            session: options.session,
            isReadOnly: options.readOnly
        )
    }

    private func connect(_ link: Link, _ address: RuntimeAddress) async throws -> OpenLink {
        do {
            return try await link.connect()
        } catch Link.Failure.refused(let status, let message) where status == 401 || status == 403 {
            StandardError.line(
                "seismo: The runtime at \(address) did not let you in: \(message) Set SEISMO_TOKEN to a token that it knows."
            )
            throw ExitReason.notAllowed
        } catch let failure as Link.Failure {
            StandardError.line(
                "seismo: No runtime could be reached at \(address): \(failure.words). Start one with 'seismo serve', or try 'seismo demo'."
            )
            throw ExitReason.connection
        }
    }
}

/// Stands between those who call the interface and the interface, which comes later than they do.
@MainActor
private final class Relay {
    var app: InspectorApp?
}

/// Leaves the interface in order when the process is told to end.
@MainActor
private final class QuitSignals {
    private var sources: [any DispatchSourceSignal] = []

    init(_ quit: @escaping @MainActor () -> Void) {
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
            source.setEventHandler { MainActor.assumeIsolated { quit() } }
            source.resume()
            return source
        }
    }

    func cancel() { sources.forEach { $0.cancel() } }
}
