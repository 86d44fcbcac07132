internal import CNCurses
internal import Terminal

/// Makes inputs of what ncurses reads: puts pastes together, and Alt from an Esc that a key follows at once.
struct KeyReader {
    /// A paste is cut there.
    static let maximumPaste = 4 << 20

    private var paste: String?
    private var sawEscape = false

    /// - Parameter isCode: whether ncurses says it is a function key.
    mutating func read(_ code: Int32, isCode: Bool) -> Input? {
        if isCode { return function(code) }
        guard let scalar = Unicode.Scalar(UInt32(bitPattern: code)) else { return nil }
        if paste != nil {
            if paste?.utf8.count ?? 0 < Self.maximumPaste { paste?.unicodeScalars.append(scalar) }
            return nil
        }
        if sawEscape {
            sawEscape = false
            if scalar.value > 0x20 { return .key(.alt(Character(scalar))) }
        }
        return character(scalar)
    }

    /// Everything that has come is read: an Esc that nothing followed was the key itself.
    mutating func finish() -> Input? {
        guard sawEscape else { return nil }
        sawEscape = false
        return .key(.escape)
    }

    private mutating func character(_ scalar: Unicode.Scalar) -> Input? {
        switch scalar.value {
        case 27:
            sawEscape = true
            return nil
        case 9: return .key(.tab)
        case 13: return .key(.enter)
        case 8, 127: return .key(.backspace)
        case 1...26: return Unicode.Scalar(scalar.value + 96).map { .key(.control(Character($0))) }
        case 0..<32: return nil
        default: return .key(.character(Character(scalar)))
        }
    }

    private mutating func function(_ code: Int32) -> Input? {
        switch code {
        case CN_KEY_PASTE_START:
            paste = ""
            return nil
        case CN_KEY_PASTE_END:
            defer { paste = nil }
            return paste.map { .paste($0.replacing("\r\n", with: "\n").replacing("\r", with: "\n")) }
        default: return Self.named[code].map { .key($0) }
        }
    }

    private static let named: [Int32: Key] = {
        var named: [Int32: Key] = [
            KEY_UP: .up, KEY_DOWN: .down, KEY_LEFT: .left, KEY_RIGHT: .right, KEY_HOME: .home, KEY_END: .end,
            KEY_PPAGE: .pageUp, KEY_NPAGE: .pageDown, KEY_BACKSPACE: .backspace, KEY_DC: .delete, KEY_BTAB: .backTab,
            KEY_ENTER: .enter,
        ]
        for number in 1...12 { named[cn_function_key(Int32(number))] = .function(number) }
        return named
    }()
}
