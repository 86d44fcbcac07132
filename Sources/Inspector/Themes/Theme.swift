package import Terminal

/// A theme: how each role looks, read from YAML.
package struct Theme: Sendable, Hashable {
    package let name: String
    package let palette: Palette

    /// Reads `name` and `roles`, where each role is a colour or a table of `fg`, `bg`, `bold`, `dim`, `underline`,
    /// `reverse`. Roles that are left out look like `text`.
    ///
    /// - Throws: ``YAMLProblem``.
    package init(parsing text: String) throws(YAMLProblem) {
        let entries = try YAMLValue(parsing: text).entries ?? []
        guard let name = entries.first(where: { $0.name == "name" })?.value.text else {
            throw YAMLProblem(line: nil, problem: "'name' is missing")
        }
        guard let roles = entries.first(where: { $0.name == "roles" })?.value.entries else {
            throw YAMLProblem(line: nil, problem: "the table 'roles' is missing")
        }
        self.name = name
        palette = try Self.palette(roles)
    }

    private static func palette(_ roles: [YAMLValue.Entry]) throws(YAMLProblem) -> Palette {
        var looks: [ColorRole: Palette.Look] = [:]
        for entry in roles {
            guard let role = ColorRole(rawValue: entry.name) else {
                throw entry.problem("there is no role '\(entry.name)'")
            }
            looks[role] = try look(entry)
        }
        let standard = looks[.text] ?? Palette.Look()
        for role in ColorRole.allCases where looks[role] == nil { looks[role] = standard }
        return Palette(looks)
    }

    private static func look(_ role: YAMLValue.Entry) throws(YAMLProblem) -> Palette.Look {
        var look = Palette.Look()
        switch role.value.content {
        case .text: look.foreground = try color(role)
        case .table(let entries):
            for entry in entries {
                switch (entry.name, entry.value.flag) {
                case ("fg", _): look.foreground = try color(entry)
                case ("bg", _): look.background = try color(entry)
                case ("bold", let on?): if on { look.attributes.insert(.bold) }
                case ("dim", let on?): if on { look.attributes.insert(.dim) }
                case ("underline", let on?): if on { look.attributes.insert(.underline) }
                case ("reverse", let on?): if on { look.attributes.insert(.reverse) }
                case ("bold", nil), ("dim", nil), ("underline", nil), ("reverse", nil):
                    throw entry.problem("'\(entry.name)' of '\(role.name)' must be true or false")
                default: throw entry.problem("'\(role.name)' has no '\(entry.name)'")
                }
            }
        case .nothing, .list:
            throw role.problem("'\(role.name)' must be a colour or a table; put '#rrggbb' into quotes")
        }
        return look
    }

    private static func color(_ entry: YAMLValue.Entry) throws(YAMLProblem) -> Color {
        guard let value = entry.value.text else {
            throw entry.problem("'\(entry.name)' must be a colour; put '#rrggbb' into quotes")
        }
        if value == "default" { return .standard }
        if let index = named.firstIndex(of: value) { return .indexed(UInt8(index)) }
        if let index = UInt8(value) { return .indexed(index) }
        let digits = value.utf8.dropFirst()
        // Six digits, so at most 24 bits; and no sign, which Swift would read.
        if value.utf8.first == UInt8(ascii: "#"), digits.count == 6, digits.first != UInt8(ascii: "+"),
            digits.first != UInt8(ascii: "-"), let number = UInt32(value.dropFirst(), radix: 16)
        {
            return .rgb(UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255))
        }
        throw entry.problem(
            "'\(value)' of '\(entry.name)' is not a colour; write \"#rrggbb\", a number to 255, a name, or default"
        )
    }

    private static let named = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
}
