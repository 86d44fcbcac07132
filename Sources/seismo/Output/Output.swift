internal import ArgumentParser
internal import Foundation
internal import MagmaServer
internal import SessionModel
internal import Terminal

/// How a command writes what it found.
struct OutputOptions: ParsableArguments {
    enum Form: String, CaseIterable, ExpressibleByArgument { case table, json, jsonl, wide }
    enum Coloring: String, CaseIterable, ExpressibleByArgument { case auto, always, never }

    @Option(help: "A table, one JSON document, one JSON object a line, or a table with all columns.")
    var output: Form?

    @Flag(help: "Short for --output json.")
    var json = false

    @Flag(help: "Leave the header of a table out.")
    var noHeader = false

    @Option(help: "Whether a table has colours; by default on a terminal, where NO_COLOR is not set.")
    var color = Coloring.auto

    func validate() throws {
        if json, let output, output != .json {
            throw ValidationError("--json and --output \(output.rawValue) cannot go together.")
        }
    }

    var form: Form { output ?? (json ? .json : .table) }
}

/// What a command writes to stdout: data, and nothing else.
struct Output {
    let form: OutputOptions.Form
    let hasHeader: Bool
    /// Columns of the terminal that reads it; `nil` for a pipe or a file.
    let width: Int?
    private var paint: Paint?

    init(_ options: OutputOptions) {
        form = options.form
        hasHeader = !options.noHeader
        let isTerminal = isatty(STDOUT_FILENO) == 1
        width = isTerminal ? Self.columns : nil
        let environment = ProcessInfo.processInfo.environment
        let isColored =
            switch options.color {
            case .always: true
            case .never: false
            case .auto:
                isTerminal && environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
            }
        paint = isColored ? Paint(environment) : nil
        Interruption.exitAtOnce()
        Interruption.exitWithReader()
    }

    /// The same, where it has colours in those of another theme.
    func with(_ palette: Palette) -> Output {
        var output = self
        output.paint?.palette = palette
        return output
    }

    var isTable: Bool { form == .table || form == .wide }
    var isTerminal: Bool { width != nil }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// A document, in JSON over several lines, or in one where each object has one.
    func document(_ json: JSON) throws { try form == .jsonl ? line(json) : write(json.pretty + "\n") }

    /// An object, in one line.
    func line(_ json: JSON) throws { try write(json.text + "\n") }

    /// A line of text.
    func line(_ text: SafeText, _ role: ColorRole = .text) throws { try write(painted(text, role) + "\n") }

    func painted(_ text: SafeText, _ role: ColorRole) -> String { paint?.paint(text, role) ?? text.string }

    /// Text as it is; it must be safe where a terminal reads it.
    func write(_ text: String) throws { try Self.write(text) }

    /// - Parameter mustBeRead: whether it is an error that the reader has closed its pipe.
    static func write(_ text: String, mustBeRead: Bool = false) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: break
            case EAGAIN:
                var requested = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&requested, 1, 1000)
            // The reader has closed the pipe, as `head` does.
            case EPIPE where !mustBeRead: throw ExitCode.success
            default: throw CommandFailure("The output cannot be written: \(String(cString: strerror(errno))).")
            }
        }
    }
}

/// Ctrl-C ends a command at once, with the exit code that says so.
enum Interruption {
    // Why unsafe: a signal handler reads it, and may take no lock. The pointer is read whole, and its text is never freed.
    nonisolated(unsafe) private static var unfinished: UnsafeMutablePointer<CChar>?

    /// Has Ctrl-C remove a file that is not finished; `nil` for none.
    static func removing(_ path: String?) { unfinished = path.flatMap { strdup($0) } }

    static func exitAtOnce() {
        // Here nothing is done but what a signal handler may do (signal-safety(7)).
        signal(SIGINT) { _ in
            if let path = Interruption.unfinished { unlink(path) }
            _exit(ExitReason.interrupted.rawValue)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Ends the command when whatever reads its pipe has gone, also while it waits for something to write.
    static func exitWithReader() {
        var status = stat()
        guard fstat(STDOUT_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return }
        let watcher = Thread {
            // Of a pipe that is written only its end is told without being asked for (poll(2)).
            var pipe = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            while poll(&pipe, 1, -1) < 0 { if errno != EINTR { return } }
            _exit(ExitCode.success.rawValue)
        }
        watcher.stackSize = 64 << 10
        watcher.start()
    }
}
