internal import Foundation
internal import Inspection
package import Logging
package import MagmaRuntime
internal import Postgres
internal import PostgresStore
internal import SQLiteStore
internal import SessionModel

/// Where a server keeps its sessions.
public enum SessionStorage: Sendable, Hashable {
    /// In memory: they end with the process.
    case memory
    /// In an SQLite database; without a path in the first free one of `sessions.sqlite`, `sessions-2.sqlite` … in
    /// `$XDG_STATE_HOME/seismo/`, so that two servers of one user do not meet in it.
    case sqlite(path: String?)
    /// In PostgreSQL 14 or later, by an address in libpq's language, such as
    /// `postgres://USER@HOST/DATABASE?sslmode=verify-full&sslrootcert=FILE`. Needs libpq5. Several runtimes may use one
    /// database; each session is on one of them at a time.
    case postgres(PostgresDatabase)

    /// A database of PostgreSQL, and how it is used.
    public struct PostgresDatabase: Sendable, Hashable {
        /// Seconds of a lease that can be asked for.
        public static let possibleLease = 2...60

        /// May hold a password; better it is in `PGPASSFILE`, for others on the machine see commands.
        public var address: String
        /// Seconds after which another runtime may take over from one that does not answer; in ``possibleLease``.
        public var lease = 10
        /// Whether a database on another machine may be used without checking its certificate.
        public var isInsecure = false
        /// How other runtimes on the database reach this one, such as `https://10.0.0.5:3000`; `nil` on loopback for where it
        /// listens.
        public var advertised: String?
        /// Whether they may do so without TLS, beyond this machine.
        public var isClusterPlain = false

        public init(address: String) { self.address = address }
    }

    /// Reads `memory`, `sqlite`, `sqlite:PATH` or `postgres://…`; `nil` for anything else.
    public init?(_ text: String) {
        switch text {
        case "memory": self = .memory
        case "sqlite": self = .sqlite(path: nil)
        case let address where address.hasPrefix("postgres://") || address.hasPrefix("postgresql://"):
            self = .postgres(PostgresDatabase(address: address))
        default:
            guard text.hasPrefix("sqlite:"), text.count > 7 else { return nil }
            self = .sqlite(path: String(text.dropFirst(7)))
        }
    }

    /// What is kept of journals; nothing of it counts in memory, which has bounds of its own.
    public struct Retention: Sendable, Hashable {
        /// Days that can be asked for: a hundred years.
        public static let possibleDays = 1...36_525
        /// Events that can be asked for.
        public static let possibleEvents = 1...1_000_000_000

        /// Days after which events and exchanges may go, at most ``possibleDays``; `nil` for never.
        public var days: Int?
        /// How many events of one session are kept; of more, the oldest may go. At most ``possibleEvents``; `nil` keeps all.
        public var events: Int?

        public init(days: Int? = nil, events: Int? = nil) {
            self.days = days.map { min(max($0, Self.possibleDays.lowerBound), Self.possibleDays.upperBound) }
            self.events = events.map { min(max($0, Self.possibleEvents.lowerBound), Self.possibleEvents.upperBound) }
        }
    }
}

extension SessionStorage {
    private static let defaultFiles = ["sessions"] + (2...16).map { "sessions-\($0)" }

    /// - Parameters:
    ///   - shown: what can be found in it.
    ///   - log: is told when all of it is indexed, which may take long.
    /// - Throws: ``RuntimeError`` whose code begins with `store_`.
    package func open(
        _ retention: Retention,
        _ shown: ShownTexts,
        log: Logger
    ) async throws -> (store: any SessionStore, place: String) {
        let kept = StoreRetention(age: retention.days.map { Int64($0) * 86_400_000 }, events: retention.events)
        func database(_ path: String) throws -> SQLiteStore {
            try SQLiteStore(path: path, retention: kept, shown: shown) {
                log.notice("The texts of all sessions are indexed before it listens", metadata: ["in": "\(path)"])
            }
        }
        switch self {
        case .memory: return (MemoryStore(shown: shown), "memory")
        case .postgres(let database):
            let store = try await database.open(kept, shown, log: log)
            return (store, store.name)
        case .sqlite(let path?): return (try database(path), path)
        case .sqlite(nil):
            try Self.makeDefaultFolder()
            var locked = RuntimeError(.unavailable, "store_locked", "Every default store is in use; name another.")
            for path in Self.defaultPaths {
                do { return (try database(path), path) } catch let error
                    as RuntimeError
                {
                    guard error.code == "store_locked" else { throw error }
                    locked = error
                }
            }
            throw locked
        }
    }

    /// What is wrong with the database, in sentences; and how much there is in it.
    ///
    /// - Throws: ``RuntimeError`` when none of it can be read.
    package func check() async throws -> (summary: String, problems: [String]) {
        switch self {
        case .memory: return ("Sessions in memory need no check.", [])
        case .sqlite(let path):
            let checked = path ?? Self.defaultPaths[0]
            let check = try StoreCheck(path: checked)
            return (Self.summary(of: checked, check.sessions, check.events, check.problems), check.problems)
        case .postgres(let database):
            let address = try database.parsed
            let check = try await PostgresCheck(address)
            return (Self.summary(of: address.name, check.sessions, check.events, check.problems), check.problems)
        }
    }

    private static func summary(of place: String, _ sessions: Int, _ events: Int, _ problems: [String]) -> String {
        func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
        let verdict = problems.isEmpty ? "nothing is wrong" : count(problems.count, "problem")
        return "\(place): \(count(sessions, "session")), \(count(events, "event")), \(verdict)"
    }

    private static func makeDefaultFolder() throws {
        let folder = LocalToken.stateFolder.path(percentEncoded: false)
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            let reason = (error as NSError).localizedFailureReason ?? error.localizedDescription
            throw RuntimeError(.unavailable, "store_unopenable", "The folder '\(folder)' cannot be made: \(reason)")
        }
    }

    private static var defaultPaths: [String] {
        let folder = LocalToken.stateFolder.path(percentEncoded: false)
        return defaultFiles.map { "\(folder)/\($0).sqlite" }
    }
}

extension SessionStorage.PostgresDatabase {
    /// - Throws: ``RuntimeError`` `store_unopenable`.
    fileprivate var parsed: PostgresAddress {
        get throws {
            do {
                return try PostgresAddress(
                    address,
                    isInsecure: isInsecure,
                    client: "seismo \(ProcessInfo.processInfo.hostName)"
                )
            } catch {
                throw RuntimeError(.unavailable, "store_unopenable", error.message)
            }
        }
    }

    fileprivate func open(_ retention: StoreRetention, _ shown: ShownTexts, log: Logger) async throws -> PostgresStore {
        var settings = PostgresStore.Settings()
        settings.retention = retention
        settings.shown = shown
        settings.lease = Int64(min(max(lease, Self.possibleLease.lowerBound), Self.possibleLease.upperBound)) * 1000
        settings.node = ProcessInfo.processInfo.hostName
        settings.version = SeismoVersion.current
        return try await PostgresStore.open(parsed, settings, log: log)
    }
}
