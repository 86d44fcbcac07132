internal import ArgumentParser
internal import Foundation
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo themes`: how the interface can look.
struct ThemesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "themes",
        abstract: "List themes, check one of your own, and show how one looks.",
        subcommands: [List.self, Check.self, Show.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the themes.")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await exitingWithOneSentence {
                let output = Output(output)
                let themes = ThemeLibrary()
                let chosen = themes.resolved(InterfaceSettings.read().theme ?? ThemeLibrary.defaultName)
                let found = themes.names.map { name in
                    (name: name, origin: Theme.builtInNames.contains(name) ? "built in" : "your own", name == chosen)
                }
                let documents = found.map { name, origin, isChosen -> JSON in
                    ["name": .string(name), "origin": .string(origin), "chosen": .bool(isChosen)]
                }
                switch output.form {
                case .json: try output.document(["themes": .array(documents)])
                case .jsonl: for theme in documents { try output.line(theme) }
                case .table, .wide:
                    let columns = ["THEME", "ORIGIN", "CHOSEN"] as [SafeText]
                    try Table(columns.map { Table.Column(title: $0) }, output).write(
                        found.map { name, origin, isChosen in
                            [
                                Table.Cell(SafeText(name)), Table.Cell(SafeText(origin), .faint),
                                Table.Cell(isChosen ? "chosen" : "", .accent),
                            ]
                        }
                    )
                }
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Check a theme's file: what is wrong, and in which line."
        )

        @Argument(help: "The theme's file.", completion: .file(extensions: ["yaml"]))
        var file: String

        func run() async throws {
            try await exitingWithOneSentence {
                let text = try StandardInput.text(of: file, limit: 1 << 20)
                let theme: Theme
                do { theme = try Theme(parsing: text) } catch {
                    throw CommandFailure("The theme \(file) is wrong, \(error).")
                }
                try Output.write("\(SafeText("\(file): the theme '\(theme.name)' is right").string)\n")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show each role of a theme as it looks here."
        )

        @Argument(help: "The theme's name; by default the chosen one.", completion: .themes)
        var name: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await exitingWithOneSentence {
                let output = Output(output)
                let themes = ThemeLibrary()
                let name = name ?? InterfaceSettings.read().theme ?? ThemeLibrary.defaultName
                let palette = try themes.theme(themes.resolved(name)).palette
                let documents = ColorRole.allCases.map { role -> JSON in
                    let look = palette[role]
                    return [
                        "role": .string(role.rawValue), "foreground": .string(look.foreground.words),
                        "background": .string(look.background.words),
                        "attributes": .array(look.attributes.words.map(JSON.string)),
                    ]
                }
                switch output.form {
                case .json: try output.document(["name": .string(name), "roles": .array(documents)])
                case .jsonl: for role in documents { try output.line(role) }
                case .table, .wide:
                    let columns = ["ROLE", "FOREGROUND", "BACKGROUND", "ATTRIBUTES"] as [SafeText]
                    let shown = output.with(palette)
                    try Table(columns.map { Table.Column(title: $0) }, shown).write(
                        ColorRole.allCases.map { role in
                            let look = palette[role]
                            return [
                                Table.Cell(SafeText(role.rawValue), role), Table.Cell(SafeText(look.foreground.words)),
                                Table.Cell(SafeText(look.background.words)),
                                Table.Cell(SafeText(look.attributes.words.joined(separator: " "))),
                            ]
                        }
                    )
                }
            }
        }
    }
}

extension Color {
    /// As a theme's file has it.
    fileprivate var words: String {
        switch self {
        case .standard: "default"
        case .indexed(let number): "\(number)"
        case .rgb(let red, let green, let blue):
            "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}

extension Style.Attributes {
    fileprivate var words: [String] {
        let names: [(Style.Attributes, String)] = [
            (.bold, "bold"), (.dim, "dim"), (.underline, "underline"), (.reverse, "reverse"),
        ]
        return names.filter { contains($0.0) }.map(\.1)
    }
}
