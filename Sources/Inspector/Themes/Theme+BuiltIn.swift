internal import Themes

extension Theme {
    /// The themes that ship, by name.
    package static let builtInNames = Array(BuiltInThemes.texts.keys).sorted()

    /// - Throws: ``YAMLProblem``; `nil` when there is none of that name.
    package static func builtIn(_ name: String) throws(YAMLProblem) -> Theme? {
        guard let text = BuiltInThemes.texts[name] else { return nil }
        return try Theme(parsing: text)
    }
}
