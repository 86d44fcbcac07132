internal import Foundation
internal import Logging
internal import SessionModel

/// Logs a JSON object a line: `time` (RFC 3339), `level`, `label`, `message`, and what belongs to it under its own names.
struct JSONLogHandler: LogHandler {
    private static let own: Set<String> = ["time", "level", "label", "message"]

    let label: String
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]
    private let write: @Sendable (String) -> Void

    init(label: String, write: @escaping @Sendable (String) -> Void = Self.toStandardError) {
        self.label = label
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: JSON.Object = [
            "time": .string(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            "level": .string(event.level.rawValue), "label": .string(label), "message": .string("\(event.message)"),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            line[Self.own.contains(name) ? "\(name)_" : name] = .string("\(value)")
        }
        write(Self.visible(JSON.object(line).text))
    }

    private static let toStandardError: @Sendable (String) -> Void = {
        FileHandle.standardError.write(Data(($0 + "\n").utf8))
    }

    /// The same JSON with escapes for what a terminal would obey or hide: such characters stand in strings only.
    private static func visible(_ json: String) -> String {
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
