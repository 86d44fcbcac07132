internal import Foundation
internal import Inspector
internal import Terminal

/// Colours a text by the theme, with the sequences that terminals know (SGR of ECMA-48).
struct Paint {
    var palette: Palette
    private let hasTrueColor: Bool

    init(_ environment: [String: String]) {
        let themes = ThemeLibrary()
        let name = InterfaceSettings.read().theme.map(themes.resolved) ?? ThemeLibrary.defaultName
        let theme = (try? themes.theme(name)) ?? (try? themes.theme(ThemeLibrary.defaultName))
        palette = theme?.palette ?? Palette()
        hasTrueColor = ["truecolor", "24bit"].contains(environment["COLORTERM"])
    }

    func paint(_ text: SafeText, _ role: ColorRole) -> String {
        let look = palette[role]
        var codes: [String] = []
        if look.attributes.contains(.bold) { codes.append("1") }
        if look.attributes.contains(.dim) { codes.append("2") }
        if look.attributes.contains(.underline) { codes.append("4") }
        if look.attributes.contains(.reverse) { codes.append("7") }
        // The terminal's own colour is what plain text has; the theme's background is for a whole screen.
        if role != .text, let color = code(look.foreground) { codes.append(color) }
        guard !codes.isEmpty, !text.isEmpty else { return text.string }
        return "\u{1B}[\(codes.joined(separator: ";"))m\(text.string)\u{1B}[0m"
    }

    private func code(_ color: Color) -> String? {
        switch color {
        case .standard: nil
        case .indexed(let number): "38;5;\(number)"
        case .rgb(let red, let green, let blue):
            hasTrueColor
                ? "38;2;\(red);\(green);\(blue)"
                : "38;5;\(ColorMatch.nearest((Int(red), Int(green), Int(blue)), of: 256))"
        }
    }
}
