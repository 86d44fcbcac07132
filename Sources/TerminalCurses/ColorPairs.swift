internal import CNCurses
internal import Terminal

/// Colour pairs of ncurses, made as they are needed.
struct ColorPairs {
    private struct Key: Hashable {
        let foreground: Int32
        let background: Int32
    }

    private let colors: Int
    private let limit: Int
    private var numbers: [Key: Int] = [:]

    /// - Parameters:
    ///   - colors: how many the terminal has; below 8 none are used.
    ///   - limit: how many pairs there may be.
    init(colors: Int, limit: Int) {
        self.colors = colors
        self.limit = limit
    }

    mutating func pair(_ look: Palette.Look) -> Int {
        guard colors >= 8 else { return 0 }
        let key = Key(foreground: number(look.foreground), background: number(look.background))
        if key.foreground < 0, key.background < 0 { return 0 }
        if let known = numbers[key] { return known }
        guard numbers.count + 1 < limit else { return 0 }
        let number = numbers.count + 1
        guard init_extended_pair(Int32(number), key.foreground, key.background) == OK else { return 0 }
        numbers[key] = number
        return number
    }

    /// A terminal with direct colours takes numbers below 8 for its own colours, and all others for red, green and blue.
    private static let ownColors = 8

    private func number(_ color: Color) -> Int32 {
        switch color {
        case .standard: -1
        case .indexed(let index) where colors > 256 && index >= Self.ownColors: direct(ColorMatch.rgb(index))
        case .indexed(let index):
            Int(index) < colors ? Int32(index) : Int32(ColorMatch.nearest(ColorMatch.rgb(index), of: colors))
        case .rgb(let red, let green, let blue):
            colors > 256
                ? direct((Int(red), Int(green), Int(blue)))
                : Int32(ColorMatch.nearest((Int(red), Int(green), Int(blue)), of: colors))
        }
    }

    /// - Parameter color: each part 0 to 255.
    private func direct(_ color: (red: Int, green: Int, blue: Int)) -> Int32 {
        Int32(max(Self.ownColors, color.red << 16 | color.green << 8 | color.blue))
    }
}
