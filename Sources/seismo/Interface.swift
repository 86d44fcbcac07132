internal import Foundation
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import MagmaServer
internal import SessionModel
internal import Synchronization
internal import Terminal
internal import TerminalCurses
internal import WebSocket

/// Brings link, interface and terminal together, and apart again.
struct Interface {
    private let options: InterfaceOptions
    private let profile: String
    private let settings: InterfaceSettings
    private let themes: ThemeLibrary
    /// The theme, and the name that it was asked for by.
    private let theme: (name: String, look: Theme)

    /// - Throws: ``UsageError`` when there is no such theme, or no terminal to draw on.
    init(_ options: InterfaceOptions, profile: String) throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw UsageError("The interface needs a terminal; stdin and stdout must be one.")
        }
        settings = InterfaceSettings.read()
        themes = ThemeLibrary()
        let name = themes.resolved(options.theme ?? settings.theme ?? ThemeLibrary.defaultName)
        theme = (name, try themes.theme(name))
        self.options = options
        self.profile = profile
    }

    /// Connects, and only then takes the terminal; returns when the person quits.
    ///
    /// - Throws: ``UsageError``, or an exit code after its sentence was said.
    @MainActor
    func run(
        on address: RuntimeAddress,
        through connector: RuntimeConnector,
        isRemembered: Bool = true,
        captions: Bool = false,
        tour: DemoTour? = nil
    ) async throws {
        let relay = Relay()
        let link = Link(through: connector) { event in relay.app?.receive(.link(event)) }
        let connection = try await connect(link, address)
        let screen: CursesScreen
        do {
            screen = try CursesScreen { input in relay.receive(input) }
        } catch let error as CursesScreen.Unusable {
            throw UsageError("The interface cannot be drawn: \(error.reason).")
        }
        let theme = screen.hasColors ? theme : (name: ThemeLibrary.plain, look: try themes.theme(ThemeLibrary.plain))
        let arranged = isRemembered ? Arrangement.remembered : Arrangement()
        let app = InspectorApp(
            model: model(size: screen.size, address, arranged, captions),
            screen: screen,
            palette: theme.look.palette,
            onTheme: { relay.show($0) },
            send: { effect in
                if case .request(let id, let method, let params) = effect { link.request(id, method, params) }
            }
        )
        let isChosen = options.theme != nil || settings.theme != nil || !screen.hasColors
        relay.begin(app, themes, chosen: theme.name, isChosen: isChosen)
        let signals = QuitSignals { app.quit() }
        let serving = Task { await link.run(from: connection) }
        let guide = tour.map { tour in
            let pause = TourPause()
            relay.tour = pause
            return Task { await tour.run(app, pause) }
        }
        screen.askTerminal()
        for note in screen.notes { app.receive(.problem(note)) }
        await app.run()
        serving.cancel()
        guide?.cancel()
        signals.cancel()
        screen.close()
        if isRemembered, app.arrangement != arranged { app.arrangement.remember() }
        // On the screen a long one was cut.
        for problem in settings.problems { StandardError.line("seismo: \(problem)") }
        if let number = signals.received { throw ExitReason.signal(number) }
    }

    private func model(size: Size, _ address: RuntimeAddress, _ arrangement: Arrangement, _ captions: Bool)
        -> InspectorModel
    {
        var problems = settings.problems
        var model = InspectorModel(
            profile: profile,
            address: "\(address)",
            size: size,
            now: Int64(Date().timeIntervalSince1970 * 1000),
            agent: options.agent,
            session: options.session,
            readOnlyReason: options.readOnlyReason,
            arrangement: arrangement,
            keymap: KeyMap(settings.keys, problems: &problems)
        )
        model.screen.showsCaptions = captions
        for problem in problems { _ = model.update(.problem(problem)) }
        return model
    }

    private func connect(_ link: Link, _ address: RuntimeAddress) async throws -> OpenLink {
        do { return try await link.connect() } catch { throw error.told(of: address) }
    }
}

/// Stands between those who call the interface and the interface, which comes later than they do; and changes its
/// themes.
@MainActor
private final class Relay {
    private(set) var app: InspectorApp?
    private(set) var isThemeChosen = false
    /// What takes keys before the interface, while a tour goes on.
    var tour: TourPause?
    private var themes: ThemeLibrary?
    private var chosen = ""
    private var watching: (any DispatchSourceProtocol)?

    func begin(_ app: InspectorApp, _ themes: ThemeLibrary, chosen: String, isChosen: Bool) {
        self.app = app
        self.themes = themes
        self.chosen = chosen
        isThemeChosen = isChosen
        app.receive(.themes(themes.names))
        watching = themes.watch { [weak self] in self?.reload() }
    }

    func receive(_ input: Input) {
        if case .background(let isLight) = input {
            if !isThemeChosen, isLight { choose("seismo-light", isManual: false) }
            return
        }
        if case .key(let key) = input, let said = tour?.take(key) {
            app?.receive(.caption(said))
            return
        }
        app?.receive(.input(input))
    }

    func show(_ choice: ThemeChoice) {
        switch choice {
        case .chosen(let name): choose(name, isManual: true)
        case .preview(let name): _ = draw(name)
        case .back: _ = draw(chosen)
        }
    }

    private func choose(_ name: String, isManual: Bool) {
        guard draw(name) else { return }
        chosen = name
        isThemeChosen = isThemeChosen || isManual
    }

    private func draw(_ name: String) -> Bool {
        guard let themes else { return false }
        do { app?.show(try themes.theme(name).palette) } catch {
            app?.receive(.problem("\(error)"))
            return false
        }
        return true
    }

    private func reload() {
        if let themes { app?.receive(.themes(themes.names)) }
        _ = draw(chosen)
    }
}

/// Leaves the interface in order when the process is told to end.
@MainActor
private final class QuitSignals {
    private var sources: [any DispatchSourceSignal] = []
    private(set) var received: Int32?

    init(_ quit: @escaping @MainActor () -> Void) {
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
            source.setEventHandler { [weak self] in
                MainActor.assumeIsolated {
                    self?.received = number
                    quit()
                }
            }
            source.resume()
            return source
        }
    }

    func cancel() { sources.forEach { $0.cancel() } }
}
