internal import CNCurses
internal import Dispatch
internal import Foundation
internal import Glibc
package import Terminal

/// The terminal, through ncursesw: the one place that calls it.
@MainActor
package final class CursesScreen: Screen {
    /// There is no terminal to draw on.
    package struct Unusable: Error {
        package let reason: String
    }

    package private(set) var size: Size
    /// Whether colours are available and wanted; without them a theme has only attributes.
    package let hasColors: Bool
    private var shown: Surface?
    private var shownPalette: Palette?
    private var pairs: ColorPairs
    /// The curses attributes and colour pair of each style, in the palette that is shown.
    private var looks: [Style: (attributes: attr_t, pair: Int32)] = [:]
    private let glyphs: Glyphs
    private var decoder = InputDecoder()
    /// Ends an incomplete sequence or paste when its deadline passes.
    private var expiry: DispatchWorkItem?
    private var sources: [any DispatchSourceProtocol] = []
    /// Notes for the user: what was used in place of the environment's settings.
    package let notes: [String]
    private let onInput: @MainActor (Input) -> Void

    /// - Parameter onInput: called with each input, on the main actor.
    /// - Throws: ``Unusable`` when there is no terminal, or it cannot move its cursor; it is then untouched.
    package init(onInput: @escaping @MainActor (Input) -> Void) throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw Unusable(reason: "stdin and stdout must be a terminal")
        }
        let name = getenv("TERM").map { String(cString: $0) } ?? ""
        let taken = cn_open()
        guard taken >= 0 else {
            let reason =
                name.isEmpty ? "TERM is not set" : "the terminal type '\(name)' is unknown or cannot move its cursor"
            throw Unusable(reason: "\(reason); most terminals work with TERM=xterm-256color")
        }
        notes = Self.notes(taken, name)
        self.onInput = onInput
        size = Self.windowSize
        // https://no-color.org
        let isPlain = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        hasColors = !isPlain && cn_colors() >= 8
        pairs = ColorPairs(colors: hasColors ? Int(cn_colors()) : 0, limit: Int(cn_color_pairs()))
        glyphs = Glyphs(isUTF8: cn_is_utf8() == 1)
        listen()
    }

    /// Restores the terminal.
    package func close() {
        sources.forEach { $0.cancel() }
        sources = []
        expiry?.cancel()
        cn_close()
    }

    package func present(_ surface: Surface, _ palette: Palette) {
        guard let window = cn_stdscr(), surface.size == size else { return }
        let isWhole = shown?.size != surface.size || shownPalette != palette
        if shownPalette != palette { looks = [:] }
        if isWhole { werase(window) }
        for y in 0..<surface.size.height where isWhole || shown?.row(y) != surface.row(y) {
            present(row: y, of: surface, palette, isWhole: isWhole, in: window)
        }
        if let cursor = surface.cursor {
            wmove(window, Int32(cursor.y), Int32(cursor.x))
            curs_set(1)
        } else {
            curs_set(0)
        }
        wnoutrefresh(window)
        doupdate()
        shown = surface
        shownPalette = palette
    }

    private func present(
        row y: Int,
        of surface: Surface,
        _ palette: Palette,
        isWhole: Bool,
        in window: UnsafeMutablePointer<WINDOW>
    ) {
        for x in 0..<surface.size.width {
            let cell = surface[x, y]
            guard cell.width > 0, isWhole || shown?[x, y] != cell else { continue }
            put(cell, look(of: cell.style, palette), Point(x: x, y: y), in: window)
        }
    }

    /// Writes a cell, or a substitute if curses refuses it: nothing of the previous content may remain.
    private func put(
        _ cell: Cell,
        _ look: (attributes: attr_t, pair: Int32),
        _ place: Point,
        in window: UnsafeMutablePointer<WINDOW>
    ) {
        func put(_ text: [wchar_t], _ offset: Int, columns: Int32) -> Bool {
            cn_put(window, Int32(place.y), Int32(place.x + offset), text, columns, look.attributes, look.pair) == OK
        }
        if put(glyphs.scalars(of: cell), 0, columns: Int32(cell.width)) { return }
        let isASCII = !glyphs.isUTF8 && put(glyphs.scalars(of: cell), 0, columns: 1)
        if !isASCII, !put(glyphs.refused, 0, columns: 1) { _ = put([63, 0], 0, columns: 1) }
        if cell.width == 2 { _ = put([32, 0], 1, columns: 1) }
    }

    private static func notes(_ taken: Int32, _ name: String) -> [String] {
        var notes: [String] = []
        if taken & CN_OTHER_TERMINAL != 0 {
            let used = getenv("TERM").map { String(cString: $0) } ?? ""
            notes.append("This machine does not know the terminal type '\(name)'; using '\(used)' instead.")
        }
        if taken & CN_OTHER_LOCALE != 0 {
            notes.append(
                "The locale is not UTF-8, but the terminal supports it: using C.UTF-8. Set LANG to a UTF-8 locale."
            )
        }
        return notes
    }

    private func look(of style: Style, _ palette: Palette) -> (attributes: attr_t, pair: Int32) {
        if let known = looks[style] { return known }
        let look = palette.look(of: style)
        looks[style] = (attributes(look), Int32(pairs.pair(look)))
        return looks[style] ?? (CN_NORMAL, 0)
    }

    private func attributes(_ look: Palette.Look) -> attr_t {
        var attributes = CN_NORMAL
        if look.attributes.contains(.bold) { attributes |= CN_BOLD }
        if look.attributes.contains(.dim) { attributes |= CN_DIM }
        if look.attributes.contains(.underline) { attributes |= CN_UNDERLINE }
        if look.attributes.contains(.reverse) { attributes |= CN_REVERSE }
        return attributes
    }
}

// MARK: Input

extension CursesScreen {
    private func listen() {
        let input = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .main)
        input.setEventHandler { [weak self] in MainActor.assumeIsolated { self?.drain() } }
        sources = [input]
        input.resume()
        on(SIGWINCH) { $0.resized() }
        // Sent by another program: Ctrl-Z itself comes as a key.
        on(SIGTSTP) { $0.suspend() }
    }

    private func on(_ number: Int32, _ handle: @escaping @MainActor (CursesScreen) -> Void) {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
        source.setEventHandler { [weak self] in MainActor.assumeIsolated { if let self { handle(self) } } }
        sources.append(source)
        source.resume()
    }

    private static var uptime: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e6 }

    /// Reads all pending input.
    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var isMore = true
        while isMore {
            let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 else {
                if count == 0 || (errno != EINTR && errno != EAGAIN) { hangUp() }
                return
            }
            decoder.read(bytes[..<count], at: Self.uptime).forEach(onInput)
            var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            isMore = poll(&ready, 1, 0) == 1 && ready.revents & Int16(POLLIN) != 0
        }
        if decoder.canDisambiguate { cn_disambiguate() }
        expireLater()
    }

    private func expireLater() {
        expiry?.cancel()
        expiry = nil
        guard let deadline = decoder.deadline else { return }
        let work = DispatchWorkItem { [weak self] in MainActor.assumeIsolated { self?.expire() } }
        expiry = work
        let wait = Int(max(0, deadline - Self.uptime).rounded(.up))
        DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(wait), execute: work)
    }

    private func expire() {
        decoder.expire(at: Self.uptime).forEach(onInput)
        expireLater()
    }

    /// The terminal has gone, with or without a signal.
    private func hangUp() {
        sources.first?.cancel()
        onInput(.hungUp)
    }

    private func resized() {
        size = Self.windowSize
        resizeterm(Int32(size.height), Int32(size.width))
        shown = nil
        onInput(.resize(size))
    }

    package func suspend() {
        cn_suspend()
        resized()
        onInput(.resumed)
    }

    package func run(_ command: String) -> Int32 {
        defer {
            resized()
            onInput(.resumed)
        }
        return cn_run(command)
    }

    package func redraw() {
        clearok(cn_stdscr(), true)
        resized()
        onInput(.resumed)
    }

    package func copy(_ text: String) {
        // By default, tmux accepts no clipboard text from programs, but passes on what its own command loads.
        if ProcessInfo.processInfo.environment["TMUX"]?.isEmpty == false, TmuxBuffer.load(text) { return }
        write("\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}")
    }

    /// Queries the terminal's background, which is answered by an input, and its keyboard protocol. GNU screen
    /// does not answer and would show the query.
    package func askTerminal() {
        let environment = ProcessInfo.processInfo.environment
        let isScreen = environment["TERM"]?.hasPrefix("screen") == true
        if cn_has_reports() == 1, !isScreen { write("\u{1B}[?u") }
        if let known = environment["COLORFGBG"]?.split(separator: ";").last.flatMap({ Int($0) }) {
            return onInput(.background(isLight: known == 7 || known > 8))
        }
        guard !isScreen else { return }
        decoder.awaitsBackground = Self.uptime + 2000
        write("\u{1B}]11;?\u{1B}\\")
    }

    private func write(_ bytes: String) { bytes.withCString { cn_write($0, bytes.utf8.count) } }

    private static var windowSize: Size {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return Size(width: 80, height: 24)
        }
        return Size(width: Int(size.ws_col), height: Int(size.ws_row))
    }
}
