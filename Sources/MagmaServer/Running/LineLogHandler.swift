internal import Foundation
internal import Logging
internal import SessionModel
internal import Terminal

/// Logs one line per event, as text or as a JSON object, with nothing in it that a terminal would obey or hide. Of warnings and errors
/// that repeat, ``RepeatedLines`` leaves some out.
struct LineLogHandler: LogHandler {
    private static let own: Set<String> = ["time", "level", "label", "message"]

    let label: String
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]
    private let format: Logs.Format
    private let repeated: RepeatedLines
    private let write: @Sendable (String) -> Void

    init(
        label: String,
        as format: Logs.Format,
        repeated: RepeatedLines = RepeatedLines(),
        write: @escaping @Sendable (String) -> Void = Self.toStandardError
    ) {
        self.label = label
        self.format = format
        self.repeated = repeated
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let (level, message) = (event.level, event.message)
        let isWritten =
            level < .warning
            || repeated.admit("\(level) \(message)") { [self] count in
                writeLine(level, message, ["left_out": "\(count)"])
            }
        if isWritten { writeLine(level, message, event.metadata ?? [:]) }
    }

    private func writeLine(_ level: Logger.Level, _ message: Logger.Message, _ own: Logger.Metadata) {
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let facts = metadata.merging(own) { $1 }.sorted { $0.key < $1.key }
        switch format {
        case .text: write(text(level, message, time, facts))
        case .json: write(json(level, message, time, facts))
        }
    }

    private static let toStandardError: @Sendable (String) -> Void = { LineWriter.standardError.line($0) }

    /// Time, level, label, metadata as `name=value`, message.
    private func text(
        _ level: Logger.Level,
        _ message: Logger.Message,
        _ time: String,
        _ facts: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        let words = facts.map { " \($0.key)=\($0.value)" }.joined()
        return SafeText("\(time) \(level.rawValue) \(label):\(words) \(message)").string
    }

    /// `time` (RFC 3339), `level`, `label`, `message`, and the metadata under its own names.
    private func json(
        _ level: Logger.Level,
        _ message: Logger.Message,
        _ time: String,
        _ facts: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var line: JSON.Object = [
            "time": .string(time), "level": .string(level.rawValue), "label": .string(label),
            "message": .string("\(message)"),
        ]
        for (name, value) in facts { line[Self.own.contains(name) ? "\(name)_" : name] = .string("\(value)") }
        return Self.escaped(JSON.object(line).text)
    }

    /// Writes control and format characters as `\uXXXX`. JSON has them only within strings, where both mean the same.
    private static func escaped(_ json: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse:
                for unit in String(scalar).utf16 {
                    text.append(contentsOf: "\\u\(String(Int(unit) + 0x10000, radix: 16).dropFirst())".unicodeScalars)
                }
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}
