internal import ArgumentParser
internal import Foundation

/// `seismo-bench against`: the start and the keys of another terminal program, measured as the interface is.
struct AgainstBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "against",
        abstract: "Start and keys of another terminal program, such as 'less /etc/services', tig or htop."
    )

    @Argument(parsing: .captureForPassthrough, help: "The program and its arguments; j and k are pressed, at last q.")
    var command: [String]

    func run() throws {
        var environment = ProcessInfo.processInfo.environment
        environment["TERM"] = "xterm-256color"
        var starts: [Double] = []
        for _ in 0..<9 {
            let begin = ContinuousClock.now
            let terminal = try PseudoTerminal(command, columns: 120, rows: 36, environment: environment)
            starts.append(terminal.drain(quiet: 300).last.map { ($0 - begin).milliseconds } ?? 0)
            terminal.end("q")
        }
        Report.most("against-first-frame", starts.median, "ms", budget: .infinity)
        let terminal = try PseudoTerminal(command, columns: 120, rows: 36, environment: environment)
        terminal.drain(quiet: 500)
        let times = (0..<200).map { terminal.latency(of: $0 % 2 == 0 ? "j" : "k") }
        Report.most("against-key", times.median, "ms", budget: .infinity)
        let before = terminal.use.seconds
        terminal.drain(quiet: 10_000)
        Report.most("against-rest", (terminal.use.seconds - before) * 10, "% of a core", budget: .infinity)
        terminal.end("q")
    }
}
