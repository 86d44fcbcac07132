internal import Magma

/// What is known of models by their names.
enum ModelCapabilities {
    private struct Entry {
        /// How the name begins, after a vendor's prefix such as `openai/`.
        let prefix: String
        /// Names with this prefix that belong to other models.
        var except: [String] = []
        let options: ModelOptions
    }

    /// OpenAI's reasoning models refuse any temperature but their own, and accept only the newer name of the limit.
    private static let thinking = ModelOptions(temperature: false, limitName: "max_completion_tokens")
    /// These models' chat templates require user and assistant to alternate, and the system only at the beginning.
    private static let alternating = ModelOptions(systemInside: false, repeatedRoles: false)

    private static let known: [Entry] = [
        Entry(prefix: "gpt-5", except: ["gpt-5-chat"], options: thinking),
        Entry(prefix: "gpt-6", options: thinking),
        Entry(prefix: "o1", options: thinking), Entry(prefix: "o3", options: thinking),
        Entry(prefix: "o4", options: thinking), Entry(prefix: "codex-mini", options: thinking),
        Entry(prefix: "mistral", options: alternating), Entry(prefix: "mixtral", options: alternating),
        Entry(prefix: "ministral", options: alternating), Entry(prefix: "codestral", options: alternating),
        Entry(prefix: "devstral", options: alternating), Entry(prefix: "magistral", options: alternating),
        Entry(prefix: "pixtral", options: alternating), Entry(prefix: "gemma", options: alternating),
        Entry(prefix: "llama-2", options: alternating), Entry(prefix: "llama2", options: alternating),
        Entry(prefix: "qwen", options: ModelOptions(systemInside: false)),
        Entry(prefix: "deepseek-r1", options: alternating),
    ]

    /// - Parameter model: such as `gpt-5-mini`, `openai/o3` or `claude-opus-4-7`.
    static func options(of model: String) -> ModelOptions {
        let name = (model.split(separator: "/").last.map(String.init) ?? model).lowercased()
        if isOpusWithoutTemperature(name) { return ModelOptions(temperature: false) }
        let entry = known.first { entry in
            let isPrefix = name.hasPrefix(entry.prefix)
            // `o1` is not the beginning of `o100`, nor `gpt-5` that of `gpt-50`.
            let next = name.utf8.dropFirst(entry.prefix.utf8.count).first ?? 0
            let goesOn =
                (0x30...0x39).contains(next) && entry.prefix.utf8.last.map { (0x30...0x39).contains($0) } == true
            return isPrefix && !goesOn && !entry.except.contains { name.hasPrefix($0) }
        }
        return entry?.options ?? ModelOptions()
    }

    /// Claude Opus from 4.7 on refuses a temperature: `claude-opus-4-7`, `claude-opus-5-20260101`, `claude-opus-4.8`.
    private static func isOpusWithoutTemperature(_ name: String) -> Bool {
        guard let place = name.firstRange(of: "opus-") else { return false }
        let numbers = name[place.upperBound...].split { $0 == "-" || $0 == "." || $0 == "@" || $0 == ":" }.map {
            Int($0)
        }
        guard let major = numbers.first ?? nil, major < 100 else { return false }
        // A date is not a minor version.
        let minor = numbers.dropFirst().first.flatMap { $0 }.flatMap { $0 < 100 ? $0 : nil } ?? 0
        return (major, minor) >= (4, 7)
    }
}
