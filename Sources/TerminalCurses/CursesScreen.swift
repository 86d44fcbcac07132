internal import CNCurses
internal import Dispatch
internal import Foundation
internal import Glibc
package import Terminal

/// The terminal, through ncursesw: the one place that calls it.
@MainActor
package final class CursesScreen: Screen {
    /// There is no terminal that could be drawn on.
    package struct Unusable: Error {
        package let reason: String
    }

    package private(set) var size: Size
    /// Whether there are colours, and they are wanted; without them a theme must do with attributes.
    package let hasColors: Bool
    private var shown: Surface?
    private var shownPalette: Palette?
    private var pairs: ColorPairs
    /// What curses calls the looks of the palette that is shown.
    private var looks: [Style: (attributes: attr_t, pair: Int32)] = [:]
    private let glyphs: Glyphs
    private var keys = KeyReader()
    private var sources: [any DispatchSourceProtocol] = []
    private let onInput: @MainActor (Input) -> Void

    /// - Parameter onInput: hears keys, pastes and changes of size, on the main actor.
    /// - Throws: ``Unusable`` when there is no terminal, or it cannot move its cursor; it is then untouched.
    package init(onInput: @escaping @MainActor (Input) -> Void) throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw Unusable(reason: "stdin and stdout must be a terminal")
        }
        guard cn_open() == 0 else {
            let name = getenv("TERM").map { String(cString: $0) } ?? ""
            throw Unusable(
                reason: name.isEmpty
                    ? "TERM is not set" : "the terminal type '\(name)' is unknown or cannot move its cursor"
            )
        }
        self.onInput = onInput
        size = Self.windowSize
        // https://no-color.org
        let isPlain = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        hasColors = !isPlain && cn_colors() >= 8
        pairs = ColorPairs(colors: hasColors ? Int(cn_colors()) : 0, limit: Int(cn_color_pairs()))
        glyphs = Glyphs(isUTF8: cn_is_utf8() == 1)
        listen()
    }

    /// Gives the terminal back as it was.
    package func close() {
        sources.forEach { $0.cancel() }
        sources = []
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
            let look = look(of: cell.style, palette)
            for (offset, piece) in glyphs.pieces(of: cell).enumerated() {
                _ = cn_put(window, Int32(y), Int32(x + offset), piece, look.attributes, look.pair)
            }
        }
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
        signal(SIGWINCH, SIG_IGN)
        let winch = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: .main)
        winch.setEventHandler { [weak self] in MainActor.assumeIsolated { self?.resized() } }
        sources = [input, winch]
        input.resume()
        winch.resume()
    }

    /// Reads every key that has come.
    private func drain() {
        var code: wint_t = 0
        while let window = cn_stdscr() {
            let kind = wget_wch(window, &code)
            guard kind == OK || kind == KEY_CODE_YES else { break }
            if let input = keys.read(Int32(bitPattern: UInt32(code)), isCode: kind == KEY_CODE_YES) { onInput(input) }
        }
        if let input = keys.finish() { onInput(input) }
    }

    private func resized() {
        size = Self.windowSize
        resizeterm(Int32(size.height), Int32(size.width))
        shown = nil
        onInput(.resize(size))
    }

    /// Stops the program as the shell does with Ctrl-Z; returns when it is brought back.
    package func suspend() {
        cn_reports(0)
        endwin()
        signal(SIGTSTP, SIG_DFL)
        // The threads that serve queues block it; sent to this one, it stops the program here and nowhere later.
        var stop = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTSTP)
        pthread_sigmask(SIG_UNBLOCK, &stop, nil)
        raise(SIGTSTP)
        cn_reports(1)
        clearok(cn_stdscr(), true)
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

    package func copy(_ text: String) { write("\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}") }

    /// Asks the terminal for its background; the answer, if any, comes as an input. GNU screen has none, and would show
    /// the question.
    package func askForBackground() {
        let environment = ProcessInfo.processInfo.environment
        if let known = environment["COLORFGBG"]?.split(separator: ";").last.flatMap({ Int($0) }) {
            return onInput(.background(isLight: known == 7 || known > 8))
        }
        guard environment["TERM"]?.hasPrefix("screen") != true else { return }
        keys.awaitsAnswer = .now + .seconds(2)
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
