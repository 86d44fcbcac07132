/// Finds the nearest of the colours that a terminal has.
package enum ColorMatch {
    /// - Parameter colors: 8, 16 or 256.
    /// - Returns: the number of the colour.
    package static func nearest(_ requested: (red: Int, green: Int, blue: Int), of colors: Int) -> Int {
        let candidates = colors >= 256 ? 16..<256 : colors >= 16 ? 0..<16 : 0..<8
        return candidates.min { distance(rgb(UInt8($0)), requested) < distance(rgb(UInt8($1)), requested) } ?? 7
    }

    /// The value of one of xterm's 256 colours.
    package static func rgb(_ index: UInt8) -> (red: Int, green: Int, blue: Int) {
        switch index {
        case 0..<16: return basic[Int(index)]
        case 16..<232:
            let levels = [0, 95, 135, 175, 215, 255]
            let cube = Int(index) - 16
            return (levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6])
        default:
            let gray = 8 + (Int(index) - 232) * 10
            return (gray, gray, gray)
        }
    }

    private static func distance(_ a: (red: Int, green: Int, blue: Int), _ b: (red: Int, green: Int, blue: Int)) -> Int
    {
        let (red, green, blue) = (a.red - b.red, a.green - b.green, a.blue - b.blue)
        return 2 * red * red + 4 * green * green + 3 * blue * blue
    }

    private static let basic: [(red: Int, green: Int, blue: Int)] = [
        (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
        (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
        (255, 255, 255),
    ]
}
