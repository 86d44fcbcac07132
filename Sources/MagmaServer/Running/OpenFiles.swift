internal import Foundation
internal import MagmaProviders
internal import MagmaRuntime

/// How many files and sockets the process may have open (getrlimit(2)).
enum OpenFiles {
    /// How many of them may be connections: all but 128 that the process needs itself and those to models, or half of a few.
    static var connections: Int { max(limit / 2, limit - 128 - ModelLimits().requests) }

    /// What a process needs that serves anybody; with fewer the event loops end it.
    private static let least = 32

    /// - Throws: ``RuntimeError`` `files_limited`.
    static func check() throws {
        guard limit >= least else {
            throw RuntimeError(
                .unavailable,
                "files_limited",
                "The process may open \(limit) files; it needs \(least) at least. Raise the limit (ulimit -n)."
            )
        }
    }

    /// The limit, after it was raised as far as the system lets it, at most to some hundred thousand.
    static let limit: Int = {
        var limits = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limits) == 0 else { return 1024 }
        let requested = min(limits.rlim_max, 262_144)
        if limits.rlim_cur < requested {
            limits.rlim_cur = requested
            _ = setrlimit(resource, &limits)
            _ = getrlimit(resource, &limits)
        }
        return Int(min(limits.rlim_cur, 262_144))
    }()
}
