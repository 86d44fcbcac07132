internal import TOMLKit
package import Terminal

/// A theme: how each role looks, read from TOML.
package struct Theme: Sendable, Hashable {
    package let name: String
    package let palette: Palette

    /// What is wrong with a theme's file, and in which line.
    package struct Problem: Error, Sendable, CustomStringConvertible {
        package let line: Int?
        package let problem: String

        package var description: String { line.map { "line \($0): \(problem)" } ?? problem }
    }

    /// Reads `name` and `[roles]`, where each role is a colour or a table of `fg`, `bg`, `bold`, `dim`, `underline`,
    /// `reverse`. Roles that are left out look like `text`.
    ///
    /// - Throws: ``Problem``.
    package init(parsing text: String) throws(Problem) {
        let table: TOMLTable
        do { table = try TOMLTable.read(text) } catch { throw Problem(line: error.line, problem: error.words) }
        guard let name = table["name"]?.string else { throw Problem(line: nil, problem: "'name' is missing") }
        guard let roles = table["roles"]?.table else {
            throw Problem(line: nil, problem: "the table [roles] is missing")
        }
        self.name = name
        palette = try Self.palette(roles, text)
    }

    private static func palette(_ roles: TOMLTable, _ text: String) throws(Problem) -> Palette {
        var looks: [ColorRole: Palette.Look] = [:]
        for key in roles.keys {
            guard let role = ColorRole(rawValue: key) else {
                throw problem("there is no role '\(key)'", at: key, text)
            }
            guard let value = roles[key] else { continue }
            looks[role] = try look(value, key, text)
        }
        let standard = looks[.text] ?? Palette.Look()
        for role in ColorRole.allCases where looks[role] == nil { looks[role] = standard }
        return Palette(looks)
    }

    private static func look(_ value: any TOMLValueConvertible, _ key: String, _ text: String) throws(Problem)
        -> Palette.Look
    {
        var look = Palette.Look()
        if let color = value.string {
            look.foreground = try Self.color(color, key, text)
            return look
        }
        guard let table = value.table else { throw problem("'\(key)' must be a colour or a table", at: key, text) }
        for name in table.keys {
            switch (name, table[name]?.string, table[name]?.bool) {
            case ("fg", let color?, _): look.foreground = try Self.color(color, key, text)
            case ("bg", let color?, _): look.background = try Self.color(color, key, text)
            case ("bold", _, let on?): if on { look.attributes.insert(.bold) }
            case ("dim", _, let on?): if on { look.attributes.insert(.dim) }
            case ("underline", _, let on?): if on { look.attributes.insert(.underline) }
            case ("reverse", _, let on?): if on { look.attributes.insert(.reverse) }
            default: throw problem("'\(name)' of '\(key)' is unknown or of a wrong type", at: key, text)
            }
        }
        return look
    }

    private static func color(_ value: String, _ key: String, _ text: String) throws(Problem) -> Color {
        if value == "default" { return .standard }
        if let index = named.firstIndex(of: value) { return .indexed(UInt8(index)) }
        if let index = UInt8(value) { return .indexed(index) }
        if value.count == 7, value.hasPrefix("#"), let number = UInt32(value.dropFirst(), radix: 16) {
            return .rgb(UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255))
        }
        throw problem(
            "'\(value)' of '\(key)' is no colour; write #rrggbb, a number to 255, a name, or default",
            at: key,
            text
        )
    }

    private static let named = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

    private static func problem(_ what: String, at key: String, _ text: String) -> Problem {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.firstIndex { $0.drop(while: \.isWhitespace).hasPrefix(key) }
        return Problem(line: line.map { $0 + 1 }, problem: what)
    }
}
