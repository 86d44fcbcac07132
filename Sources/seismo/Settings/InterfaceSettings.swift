internal import Foundation
internal import Inspector
internal import SessionModel
internal import TOMLKit

/// Where things of the interface are kept.
enum Folders {
    static var config: URL { folder("XDG_CONFIG_HOME", ".config") }
    static var state: URL { folder("XDG_STATE_HOME", ".local/state") }

    private static func folder(_ variable: String, _ usual: String) -> URL {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment[variable].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: usual)
        return base.appending(path: "seismo")
    }
}

/// What `config.toml` says of the interface: `theme`, and `[keys]` with an action's id and its keys.
struct InterfaceSettings {
    private(set) var theme: String?
    /// The profile that is meant when none is named.
    private(set) var profile: String?
    private(set) var profiles: [String: Profile] = [:]
    private(set) var keys: [String: [String]] = [:]
    /// What is wrong with the file, a sentence each.
    private(set) var problems: [String] = []

    /// A runtime that has a name: where it is, and how one comes in.
    struct Profile {
        var address: String?
        /// The variable that holds the token, or the file.
        var tokenVariable: String?
        var tokenFile: String?
        /// The file of the authority that is trusted.
        var authority: String?
        var isReadOnly = false
        var theme: String?

        var token: String? {
            if let tokenVariable { return ProcessInfo.processInfo.environment[tokenVariable] }
            guard let tokenFile else { return nil }
            let text = try? String(contentsOfFile: NSString(string: tokenFile).expandingTildeInPath, encoding: .utf8)
            return text?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// Reads the person's settings; without a file everything is as usual.
    static func read(_ file: URL = Folders.config.appending(path: "config.toml")) -> InterfaceSettings {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return InterfaceSettings() }
        return InterfaceSettings(parsing: text, named: file.lastPathComponent)
    }

    init() {}

    init(parsing text: String, named name: String) {
        let table: TOMLTable
        do { table = try TOMLTable.read(text) } catch {
            problems.append(name + (error.line.map { ", line \($0)" } ?? "") + ": \(error.words)")
            return
        }
        for key in table.keys {
            switch key {
            case "theme":
                theme = table[key]?.string
                if theme == nil { problems.append("\(name): 'theme' must be a text.") }
            case "profile":
                profile = table[key]?.string
                if profile == nil { problems.append("\(name): 'profile' must be a text.") }
            case "profiles": readProfiles(table[key]?.table, name)
            case "keys": readKeys(table[key]?.table, name)
            default:
                problems.append(
                    "\(name): there is no setting '\(key)'; there are 'theme', 'profile', '[profiles.NAME]' and '[keys]'."
                )
            }
        }
    }

    private mutating func readProfiles(_ table: TOMLTable?, _ name: String) {
        for id in table?.keys ?? [] {
            guard let values = table?[id]?.table else {
                problems.append("\(name): '[profiles.\(id)]' must be a table.")
                continue
            }
            var profile = Profile()
            for key in values.keys {
                switch (key, values[key]?.string, values[key]?.bool) {
                case ("address", let text?, _): profile.address = text
                case ("token_variable", let text?, _): profile.tokenVariable = text
                case ("token_file", let text?, _): profile.tokenFile = text
                case ("ca", let text?, _): profile.authority = NSString(string: text).expandingTildeInPath
                case ("theme", let text?, _): profile.theme = text
                case ("read_only", _, let isOn?): profile.isReadOnly = isOn
                default:
                    problems.append(
                        "\(name): '\(key)' of the profile '\(id)' is unknown or of a wrong type; there are address, token_variable, token_file, ca, theme and read_only."
                    )
                }
            }
            profiles[id] = profile
        }
    }

    private mutating func readKeys(_ table: TOMLTable?, _ name: String) {
        guard let table else {
            problems.append("\(name): 'keys' must be a table.")
            return
        }
        for id in table.keys {
            if let key = table[id]?.string {
                keys[id] = [key]
            } else if let list = table[id]?.array {
                keys[id] = list.compactMap(\.string)
            } else {
                problems.append("\(name): the keys of '\(id)' must be a text or an array of texts.")
            }
        }
    }
}

extension Arrangement {
    private static var file: URL { Folders.state.appending(path: "interface.json") }

    /// How the screen was arranged the last time.
    static var remembered: Arrangement {
        guard let text = try? String(contentsOf: file, encoding: .utf8), let json = try? JSON(parsing: text) else {
            return Arrangement()
        }
        return Arrangement(json: json)
    }

    /// Keeps it for the next time; where that cannot be written, the next time is as usual.
    func remember() {
        try? FileManager.default.createDirectory(
            at: Folders.state,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try? json.pretty.write(to: Self.file, atomically: true, encoding: .utf8)
    }
}
