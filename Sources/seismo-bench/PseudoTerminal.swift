internal import Foundation

/// A program in a pseudo-terminal, whose output is timed as it comes out of it.
final class PseudoTerminal {
    let process: pid_t
    private let descriptor: Int32
    // What pty(7) and posix_spawn(3) name TIOCSPTLCK, TIOCGPTN and POSIX_SPAWN_SETSID.
    private static let lock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430
    private static let ownSession: Int16 = 0x80
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Starts a program on a screen of that size; its first byte can come at once.
    init(_ command: [String], columns: UInt16, rows: UInt16, environment: [String: String]) throws {
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (number, unlocked): (UInt32, Int32) = (0, 0)
        guard descriptor >= 0, ioctl(descriptor, Self.lock, &unlocked) == 0,
            ioctl(descriptor, Self.number, &number) == 0
        else {
            throw Load.Failed(description: "no pseudo-terminal can be had")
        }
        let name = "/dev/pts/\(number)"
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Self.ownSession)
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, command[0], &actions, &attributes, arguments, variables) == 0 else {
            throw Load.Failed(description: "\(command[0]) could not be started")
        }
        self.process = process
    }

    deinit { close(descriptor) }

    func send(_ keys: String) {
        _ = keys.withCString { write(descriptor, $0, keys.utf8.count) }
    }

    /// The bytes that come within so many milliseconds; `nil` when none do.
    private func read(within milliseconds: Int32) -> ArraySlice<UInt8>? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) > 0 else { return nil }
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? buffer[..<count] : nil
    }

    /// Reads until nothing has come for so long.
    ///
    /// - Returns: how many bytes came, and when the last did.
    @discardableResult
    func drain(quiet: Int32) -> (bytes: Int, last: ContinuousClock.Instant?) {
        var (bytes, last): (Int, ContinuousClock.Instant?) = (0, nil)
        while let piece = read(within: quiet) {
            bytes += piece.count
            last = .now
        }
        return (bytes, last)
    }

    /// Milliseconds from a key to the last byte of what it changes.
    func latency(of key: String) -> Double {
        drain(quiet: 12)
        let begin = ContinuousClock.now
        send(key)
        return drain(quiet: 8).last.map { ($0 - begin).milliseconds } ?? 0
    }

    /// Reads until a text has come.
    ///
    /// - Throws: when it does not within ten seconds.
    func wait(for text: String) throws -> ContinuousClock.Instant {
        let requested = Array(text.utf8)
        var seen: [UInt8] = []
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            guard let piece = read(within: 100) else { continue }
            seen += piece
            if seen.firstRange(of: requested) != nil { return .now }
            seen = seen.suffix(requested.count + 4096)
        }
        throw Load.Failed(description: "'\(text)' never came on the screen")
    }

    /// Ends the program.
    func end(_ keys: String) {
        send(keys)
        drain(quiet: 100)
        kill(process, SIGTERM)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// Seconds of processor time that it has had, and bytes of memory that it holds.
    var use: (seconds: Double, bytes: Int) {
        var clock = clockid_t()
        var time = timespec()
        if clock_getcpuclockid(process, &clock) == 0 { clock_gettime(clock, &time) }
        let seconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        let memory = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
        let pages = memory.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (seconds, pages * Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}
