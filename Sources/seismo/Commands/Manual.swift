internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import SessionModel

/// `seismo manual`: the man page, made from the commands' own help.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the man page, or that of one command.",
        discussion: "To read it: seismo manual | man -l -"
    )

    @Argument(help: "A command, such as sessions.")
    var command: String?

    @Option(help: ArgumentHelp("Write the pages of all commands into this folder instead.", valueName: "folder"))
    var folder: String?

    func run() throws {
        Interruption.exitAtOnce()
        let root = try ManualPage.root()
        if let folder {
            for page in [root] + root.pages { try page.write(to: URL(filePath: folder)) }
            return
        }
        guard let command else { return try Output.write(root.roff) }
        guard let page = root.pages.first(where: { $0.command == command }) else {
            let names = root.pages.map(\.command).joined(separator: ", ")
            throw ValidationError("There is no command '\(command)'; there are \(names).")
        }
        try Output.write(page.roff)
    }
}

/// One man page (man(7)).
struct ManualPage {
    private let info: JSON
    /// The words that lead to it: `["seismo", "sessions"]`.
    private let words: [String]

    var command: String { words[words.count - 1] }

    /// - Throws: when the help cannot be read, which would be a fault of this program.
    static func root() throws -> ManualPage {
        // Defaults below the home folder of the user who makes the page apply to every user.
        let home = FileManager.default.homeDirectoryForCurrentUser.path(percentEncoded: false)
        let text = Seismo._dumpHelp().replacingOccurrences(of: "\\/", with: "/")
            .replacingOccurrences(of: home.hasSuffix("/") ? home : home + "/", with: "~/")
        return ManualPage(info: try JSON(parsing: text)["command"] ?? [:], words: ["seismo"])
    }

    /// Those of its commands.
    var pages: [ManualPage] {
        subcommands.map { ManualPage(info: $0, words: words + [$0["commandName"]?.string ?? ""]) }
    }

    private var subcommands: [JSON] {
        (info["subcommands"]?.array ?? []).filter { $0["commandName"]?.string != "help" }
    }

    func write(to folder: URL) throws {
        let file = folder.appending(path: words.joined(separator: "-") + ".1")
        try Data(roff.utf8).write(to: file)
    }

    var roff: String {
        let name = words.joined(separator: "-")
        var page = Roff()
        page.request(
            "TH",
            name.uppercased(),
            "1",
            SeismoVersion.date,
            "seismo \(SeismoVersion.current)",
            "User Commands"
        )
        page.request("SH", "NAME")
        page.text("\(name) - \(Roff.sentence(info["abstract"]?.string ?? ""))")
        page.request("SH", "SYNOPSIS")
        synopsis(of: info, words, &page)
        if let discussion = info["discussion"]?.string {
            page.request("SH", "DESCRIPTION")
            page.text(discussion)
        }
        options(of: info, "OPTIONS", &page)
        if words.count == 1 {
            commands(&page)
            exitCodes(&page)
            environment(&page)
        } else {
            for command in subcommands { section(command, &page) }
        }
        page.request("SH", "SEE ALSO")
        let others = words.count == 1 ? pages.map { "seismo-\($0.command)" } : ["seismo"]
        page.text(others.map { "\($0)(1)" }.joined(separator: ", "))
        return page.source
    }

    private func section(_ command: JSON, _ page: inout Roff) {
        let name = command["commandName"]?.string ?? ""
        page.request("SH", (words.dropFirst() + [name]).joined(separator: " ").uppercased())
        page.text(command["abstract"]?.string ?? "")
        page.request("PP")
        synopsis(of: command, words + [name], &page)
        if let discussion = command["discussion"]?.string {
            page.request("PP")
            page.text(discussion)
        }
        options(of: command, nil, &page)
    }

    private func arguments(_ command: JSON) -> [JSON] {
        (command["arguments"]?.array ?? []).filter { $0["shouldDisplay"]?.bool ?? true }
    }

    private func synopsis(of command: JSON, _ words: [String], _ page: inout Roff) {
        var parts = [Roff.bold(words.joined(separator: " "))]
        let arguments = arguments(command)
        if arguments.contains(where: { $0["kind"]?.string != "positional" }) { parts.append("[options]") }
        for argument in arguments where argument["kind"]?.string == "positional" {
            let value = Roff.italic(argument["valueName"]?.string ?? "")
            let dots = argument["isRepeating"]?.bool == true ? " ..." : ""
            parts.append(argument["isOptional"]?.bool == true ? "[\(value)\(dots)]" : value + dots)
        }
        if !(command["subcommands"]?.array ?? []).isEmpty { parts.append(Roff.italic("command")) }
        page.raw(parts.joined(separator: " "))
    }

    private func options(of command: JSON, _ title: String?, _ page: inout Roff) {
        let arguments = arguments(command)
        guard !arguments.isEmpty else { return }
        if let title { page.request("SH", title) }
        for argument in arguments {
            page.request("TP")
            page.raw(self.title(of: argument))
            var text = argument["abstract"]?.string ?? ""
            if let usual = argument["defaultValue"]?.string, !usual.isEmpty { text += " The default is \(usual)." }
            let values = (argument["allValues"]?.array ?? []).compactMap(\.string)
            if !values.isEmpty { text += " One of \(values.joined(separator: ", "))." }
            page.text(text.isEmpty ? " " : text)
        }
    }

    private func title(of argument: JSON) -> String {
        let value = Roff.italic(argument["valueName"]?.string ?? "")
        guard argument["kind"]?.string != "positional" else { return value }
        let names = (argument["names"]?.array ?? []).map { name in
            Roff.bold((name["kind"]?.string == "short" ? "-" : "--") + (name["name"]?.string ?? ""))
        }
        return names.joined(separator: ", ") + (argument["kind"]?.string == "option" ? " " + value : "")
    }

    private func commands(_ page: inout Roff) {
        page.request("SH", "COMMANDS")
        for command in subcommands {
            let name = command["commandName"]?.string ?? ""
            page.request("TP")
            page.raw(Roff.bold("seismo-\(name)") + "(1)")
            page.text(command["abstract"]?.string ?? "")
        }
    }

    private func exitCodes(_ page: inout Roff) {
        page.request("SH", "EXIT STATUS")
        let codes: [(Int32, String)] = [
            (0, "Done."), (1, "Failed: the turn, the hook, the check."), (2, "Wrong usage."),
            (3, "The runtime cannot be reached."), (4, "Not allowed: the token or its role."), (5, "Not found."),
            (6, "Conflict: stale, busy, exists, superseded."), (130, "Interrupted."),
        ]
        for (code, meaning) in codes {
            page.request("TP")
            page.raw(Roff.bold("\(code)"))
            page.text(meaning)
        }
    }

    private func environment(_ page: inout Roff) {
        page.request("SH", "ENVIRONMENT")
        let variables = [
            ("SEISMO_TOKEN", "The token for the runtime, where no profile has one."),
            ("NO_COLOR", "Where it is set, tables and the interface have no colours."),
            ("VISUAL, EDITOR", "The editor for requests and messages."),
            ("XDG_CONFIG_HOME", "Where seismo/config.yaml and seismo/themes are; ~/.config by default."),
            ("XDG_STATE_HOME", "Where sessions and the screen's arrangement are kept; ~/.local/state by default."),
        ]
        for (name, meaning) in variables {
            page.request("TP")
            page.raw(Roff.bold(name))
            page.text(meaning)
        }
    }
}

/// The source of a man page.
struct Roff {
    private(set) var source = ""

    mutating func request(_ name: String, _ arguments: String...) {
        let quoted = arguments.map { "\"\($0.replacingOccurrences(of: "\"", with: "\\(dq"))\"" }
        source += ".\(([name] + quoted).joined(separator: " "))\n"
    }

    mutating func text(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = Self.escaped(line.trimmingCharacters(in: .whitespaces))
            if line.isEmpty { source += source.hasSuffix(".PP\n") ? "" : ".PP\n" } else { raw(line) }
        }
    }

    /// The longest line of the source, in bytes.
    private static let longest = 78

    /// A line whose parts are escaped.
    mutating func raw(_ line: String) {
        var rest = line[...]
        while rest.utf8.count > Self.longest {
            let end = rest.prefix(Self.longest).lastIndex(of: " ") ?? rest.firstIndex(of: " ")
            guard let end, end != rest.startIndex else { break }
            add(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        add(rest)
    }

    private mutating func add(_ line: Substring) {
        // What begins with one of these would be a request.
        source += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
    }

    static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }
    static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

    /// Without the full stop, as the line of a name has it.
    static func sentence(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }

    fileprivate static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "\\", with: "\\e").replacingOccurrences(of: "-", with: "\\-")
            .replacingOccurrences(of: "`", with: "\\(ga").replacingOccurrences(of: "…", with: "...")
    }
}
