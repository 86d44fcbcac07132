/// What `config.yaml` says of the interface: `theme`, `profile`, `profiles`, and `keys` with an action's id and its keys.
package struct InterfaceSettings: Sendable, Hashable {
    /// A runtime that has a name: where it is, and how one comes in.
    package struct Profile: Sendable, Hashable {
        package var address: String?
        /// The environment's variable that holds the token.
        package var tokenVariable: String?
        /// The file that holds the token.
        package var tokenFile: String?
        /// The file of the authority that is trusted.
        package var authority: String?
        package var isReadOnly = false
        package var theme: String?
    }

    package private(set) var theme: String?
    /// The profile that is meant when none is named.
    package private(set) var profile: String?
    package private(set) var profiles: [String: Profile] = [:]
    package private(set) var keys: [String: [String]] = [:]
    /// What is wrong with the file, a sentence each.
    package private(set) var problems: [String] = []

    package init() {}

    /// Settings of which nothing could be read.
    package init(problem: String) { problems = [problem] }

    /// - Parameter name: of the file, for what is wrong with it.
    package init(parsing text: String, named name: String) {
        let file: YAMLValue
        do { file = try YAMLValue(parsing: text) } catch {
            problems = ["\(name), \(error)."]
            return
        }
        for problem in read(file.entries ?? [], as: { settings, entry throws(YAMLProblem) in try settings.take(entry) })
        {
            problems.append("\(name), \(problem).")
        }
    }

    /// Takes all entries that are right; what is wrong with the others.
    private mutating func read(
        _ entries: [YAMLValue.Entry],
        as take: (inout InterfaceSettings, YAMLValue.Entry) throws(YAMLProblem) -> [YAMLProblem]
    ) -> [YAMLProblem] {
        entries.flatMap { entry -> [YAMLProblem] in
            do throws(YAMLProblem) { return try take(&self, entry) } catch { return [error] }
        }
    }

    private mutating func take(_ entry: YAMLValue.Entry) throws(YAMLProblem) -> [YAMLProblem] {
        switch entry.name {
        case "theme": theme = try Self.text(entry)
        case "profile": profile = try Self.text(entry)
        case "profiles":
            return read(try Self.table(entry)) { settings, entry throws(YAMLProblem) in
                settings.profiles[entry.name] = try Self.profile(entry)
                return []
            }
        case "keys":
            return read(try Self.table(entry)) { settings, entry throws(YAMLProblem) in
                guard let texts = entry.value.text.map({ [$0] }) ?? entry.value.texts else {
                    throw entry.problem("the keys of '\(entry.name)' must be a text or a list of texts")
                }
                settings.keys[entry.name] = texts
                return []
            }
        default:
            throw entry.problem(
                "there is no setting '\(entry.name)'; there are theme, profile, profiles and keys"
            )
        }
        return []
    }

    private static func profile(_ entry: YAMLValue.Entry) throws(YAMLProblem) -> Profile {
        var profile = Profile()
        for value in try table(entry) {
            switch value.name {
            case "address": profile.address = try text(value)
            case "token_variable": profile.tokenVariable = try text(value)
            case "token_file": profile.tokenFile = try text(value)
            case "ca": profile.authority = try text(value)
            case "theme": profile.theme = try text(value)
            case "read_only":
                guard let flag = value.value.flag else { throw value.problem("'read_only' must be true or false") }
                profile.isReadOnly = flag
            default:
                throw value.problem(
                    "a profile has no '\(value.name)'; there are address, token_variable, token_file, ca, theme and read_only"
                )
            }
        }
        return profile
    }

    private static func table(_ entry: YAMLValue.Entry) throws(YAMLProblem) -> [YAMLValue.Entry] {
        guard let entries = entry.value.entries else { throw entry.problem("'\(entry.name)' must be a table") }
        return entries
    }

    private static func text(_ entry: YAMLValue.Entry) throws(YAMLProblem) -> String {
        guard let text = entry.value.text else { throw entry.problem("'\(entry.name)' must be a text") }
        return text
    }
}

extension InterfaceSettings {
    /// How the settings of before are taken over, which were TOML.
    ///
    /// - Parameters:
    ///   - old: the file's path.
    ///   - new: the path of the file that is read now.
    package static func conversion(from old: String, to new: String) -> String {
        """
        \(old) is no longer read: write its settings to \(new). 'theme = "mono"' becomes 'theme: mono'; '[keys]' becomes \
        'keys:' and '[profiles.shop]' becomes 'profiles:' and '  shop:', with what stands under them indented.
        """
    }
}

extension YAMLValue.Entry {
    package func problem(_ problem: String) -> YAMLProblem { YAMLProblem(line: line, problem: problem) }
}
