internal import Foundation
internal import Synchronization

/// Writes lines to a file descriptor from a thread of its own. Callers never wait for the reader; a full disk or closed
/// pipe does not end the process; lines that do not fit into the queue are dropped and counted.
final class LineWriter: Sendable {
    static let standardError = LineWriter(STDERR_FILENO)

    private struct State {
        var lines: [[UInt8]] = []
        var bytes = 0
        /// Lines dropped since something was last written.
        var lost = 0
        var hasThread = false
        var isWriting = false
    }

    private let descriptor: Int32
    /// Bytes that wait to be written at most.
    private let limit: Int
    private let state = Mutex(State())
    private let hasLines = DispatchSemaphore(value: 0)

    init(_ descriptor: Int32, limit: Int = 1 << 20) {
        self.descriptor = descriptor
        self.limit = limit
    }

    func line(_ text: String) {
        let line = Array((text + "\n").utf8)
        let (isFirst, needsThread) = state.withLock { state in
            guard state.bytes + line.count <= limit else {
                state.lost += 1
                return (false, false)
            }
            state.lines.append(line)
            state.bytes += line.count
            defer { state.hasThread = true }
            return (state.lines.count == 1, !state.hasThread)
        }
        if needsThread { begin() }
        if isFirst { hasLines.signal() }
    }

    /// Waits until everything is written, or so long.
    func flush(milliseconds: Int) {
        for _ in 0..<max(1, milliseconds / 5) {
            if state.withLock({ $0.lines.isEmpty && !$0.isWriting }) { return }
            usleep(5000)
        }
    }

    private func begin() {
        signal(SIGPIPE, SIG_IGN)
        if descriptor == STDERR_FILENO { atexit { LineWriter.standardError.flush(milliseconds: 500) } }
        let thread = Thread { [self] in
            while true {
                hasLines.wait()
                write()
            }
        }
        thread.name = "seismo-log"
        thread.stackSize = 256 << 10
        thread.start()
    }

    private func write() {
        while true {
            let (lines, lost) = state.withLock { state in
                let (lines, lost) = (state.lines, state.lost)
                (state.lines, state.lost) = ([], 0)
                state.isWriting = !lines.isEmpty || lost > 0
                return (lines, lost)
            }
            if lines.isEmpty, lost == 0 { return }
            for line in lines {
                Descriptors.write(line, to: descriptor)
                state.withLock { $0.bytes -= line.count }
            }
            if lost > 0 {
                Descriptors.write(
                    Array("\(lost) log lines were dropped because the reader is too slow.\n".utf8),
                    to: descriptor
                )
            }
            state.withLock { $0.isWriting = false }
        }
    }
}

package enum Descriptors {
    /// Opens `/dev/null` where stdin, stdout or stderr are closed: the next file that is opened would have its number, and a log
    /// would be written into it.
    package static func reserveStandard() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }

    /// Writes all of it; what cannot be written is lost.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Someone else has made the terminal or pipe one that does not wait.
                var requested = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&requested, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }
}
