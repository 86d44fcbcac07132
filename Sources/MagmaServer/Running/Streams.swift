internal import Foundation
package import Logging
package import Terminal

/// Lines on stdout, written at once.
package enum StandardOutput {
    package static func line(_ text: String) { Descriptors.write(Array((text + "\n").utf8), to: STDOUT_FILENO) }
}

/// Lines on stderr, written at once. A terminal may read them, so that nothing from outside goes there as it is.
package enum StandardError {
    package static func line(_ text: SafeText) {
        Descriptors.write(Array((text.string + "\n").utf8), to: STDERR_FILENO)
    }
}

package enum Logs {
    /// How a line is written.
    package enum Format: String, Sendable, CaseIterable { case text, json }

    /// What a server logs goes to stderr; how much, `LOG_LEVEL` says (`notice` by default).
    package static func toStandardError(label: String, as format: Format = .text) -> Logger {
        var log = Logger(label: label) { LineLogHandler(label: $0, as: format) }
        log.logLevel =
            ProcessInfo.processInfo.environment["LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0.lowercased()) }
            ?? .notice
        return log
    }
}
