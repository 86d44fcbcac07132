internal import Foundation
internal import Inspector
internal import Terminal

/// How far long work is, with its rate, on stderr: one line that changes on a terminal, else a line now and then.
struct Progress {
    private static let (onTerminal, elsewhere) = (Duration.milliseconds(200), Duration.seconds(5))

    private let work: SafeText
    private let began = ContinuousClock.now
    private var last = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false

    init(_ work: SafeText, of what: String) { self.work = work + " " + SafeText(what) }

    /// - Parameter total: `nil` where nobody knows.
    mutating func show(_ events: Int, of total: Int?) {
        let now = ContinuousClock.now
        guard now - last >= (isTerminal ? Self.onTerminal : Self.elsewhere) else { return }
        last = now
        let seconds = max(0.001, (now - began) / .seconds(1))
        let of = total.map { " of \(Format.count($0))" } ?? ""
        let rate = Format.count(Int(Double(events) / seconds))
        let line = work.string + ": \(Format.count(events))\(of) events, \(rate)/s"
        guard isTerminal else { return StandardNotice.line(SafeText(line)) }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
        isShown = true
    }

    func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
