internal import CNCurses
internal import Terminal

/// Makes inputs of what ncurses reads: puts pastes together, and Alt from an Esc that a key follows at once.
struct KeyReader {
    /// A paste is cut there.
    static let maximumPaste = 4 << 20

    private var paste: String?
    private var sawEscape = false
    /// The numbers of a mouse report that is coming in.
    private var mouse: String?
    /// The terminal's answer that is coming in.
    private var answer: String?
    /// Until when an answer of the terminal may come: then Esc and `]` begin it.
    var awaitsAnswer: ContinuousClock.Instant?

    /// - Parameter isCode: whether ncurses says it is a function key.
    mutating func read(_ code: Int32, isCode: Bool) -> Input? {
        if isCode { return function(code) }
        guard let scalar = Unicode.Scalar(UInt32(bitPattern: code)) else { return nil }
        if paste != nil {
            if paste?.utf8.count ?? 0 < Self.maximumPaste { paste?.unicodeScalars.append(scalar) }
            return nil
        }
        if mouse != nil { return readMouse(scalar) }
        if answer != nil { return readAnswer(scalar) }
        if sawEscape {
            sawEscape = false
            if scalar == "]", let awaitsAnswer, .now < awaitsAnswer {
                answer = ""
                return nil
            }
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
        case CN_KEY_MOUSE:
            mouse = ""
            return nil
        default: return Self.named[code].map { .key($0) }
        }
    }

    /// `button;column;row` and `M` for a press or `m` for a release, counted from 1 (xterm's SGR reports).
    private mutating func readMouse(_ scalar: Unicode.Scalar) -> Input? {
        guard scalar == "M" || scalar == "m" else {
            mouse?.unicodeScalars.append(scalar)
            if mouse?.count ?? 0 > 20 { mouse = nil }
            return nil
        }
        let numbers = (mouse ?? "").split(separator: ";").compactMap { Int($0) }
        mouse = nil
        guard numbers.count == 3 else { return nil }
        let point = Point(x: numbers[1] - 1, y: numbers[2] - 1)
        switch numbers[0] & ~0b11100 {
        case 0: return .mouse(Mouse(scalar == "M" ? .press : .release, at: point))
        case 32: return .mouse(Mouse(.drag, at: point))
        case 64: return .mouse(Mouse(.wheelUp, at: point))
        case 65: return .mouse(Mouse(.wheelDown, at: point))
        default: return nil
        }
    }

    /// `11;rgb:RRRR/GGGG/BBBB`, ended by BEL or Esc and a backslash.
    private mutating func readAnswer(_ scalar: Unicode.Scalar) -> Input? {
        guard scalar.value == 7 || scalar == "\\" else {
            if scalar.value != 27 { answer?.unicodeScalars.append(scalar) }
            if answer?.count ?? 0 > 64 { answer = nil }
            return nil
        }
        defer {
            answer = nil
            awaitsAnswer = nil
        }
        guard let colors = answer?.split(separator: ":").last?.split(separator: "/"), colors.count == 3 else {
            return nil
        }
        let parts = colors.compactMap { Int($0.prefix(2), radix: 16) }
        guard parts.count == 3 else { return nil }
        return .background(isLight: 2 * parts[0] + 5 * parts[1] + parts[2] > 8 * 128)
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
