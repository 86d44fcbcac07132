internal import Foundation
internal import Logging
internal import Terminal

/// Logs a line of text: time, level, label, what belongs to it as `name=value`, and the message. What comes from outside is
/// made safe for a terminal.
struct TextLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]
    private let write: @Sendable (SafeText) -> Void

    init(label: String, write: @escaping @Sendable (SafeText) -> Void = { StandardError.line($0) }) {
        self.label = label
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let facts = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        write("\(time) \(event.level.rawValue) \(label):\(facts) \(event.message)")
    }
}
