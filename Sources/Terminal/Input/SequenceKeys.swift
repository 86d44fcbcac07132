/// Which keys the sequences of terminals stand for.
enum SequenceKeys {
    /// The key of a character or of a control character.
    static func plain(_ scalar: Unicode.Scalar) -> Key? {
        switch scalar.value {
        case 9: .tab
        case 13: .enter
        case 8, 127: .backspace
        case 1...26: Unicode.Scalar(scalar.value + 96).map { .control(Character($0)) }
        case 0..<32, 0x80..<0xA0: nil
        default: .character(Character(scalar))
        }
    }

    /// The key after `Esc [ [` on the Linux console.
    static func console(_ byte: UInt8) -> Key? {
        (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(byte) ? .function(Int(byte - UInt8(ascii: "A")) + 1) : nil
    }

    /// The key after `Esc O`: cursor keys and the keypad in their application modes.
    static func keypad(_ byte: UInt8) -> Key? {
        switch Unicode.Scalar(byte) {
        case "M": .enter
        case "X": .character("=")
        case "j": .character("*")
        case "k": .character("+")
        case "l": .character(",")
        case "m": .character("-")
        case "n": .character(".")
        case "o": .character("/")
        case "p"..."y": .character(Character(Unicode.Scalar(byte - UInt8(ascii: "p") + UInt8(ascii: "0"))))
        case "P": .function(1)
        case "Q": .function(2)
        case "R": .function(3)
        case "S": .function(4)
        default: cursor(byte)
        }
    }

    private static func cursor(_ final: UInt8) -> Key? {
        switch Unicode.Scalar(final) {
        case "A": .up
        case "B": .down
        case "C": .right
        case "D": .left
        case "H": .home
        case "F": .end
        default: nil
        }
    }

    /// The key of a control sequence; `nil` if it is not a key, or has modifiers that mean nothing here.
    static func key(of sequence: ControlSequence) -> Key? {
        guard sequence.isPlain else { return nil }
        switch Unicode.Scalar(sequence.final) {
        case "u": return disambiguated(sequence.parameter(0), sequence.parameters.dropFirst().first)
        case "~" where sequence.parameter(0) == 27: return otherKey(sequence)
        case "~": return isBare(sequence) ? sequence.parameter(0).flatMap(numbered) : nil
        case "Z": return .backTab
        case "P" where isBare(sequence), "Q" where isBare(sequence), "S" where isBare(sequence):
            return keypad(sequence.final)
        default: return isBare(sequence) ? cursor(sequence.final) : nil
        }
    }

    /// Whether no modifier is held; Caps Lock and Num Lock do not count.
    private static func isBare(_ sequence: ControlSequence) -> Bool {
        if !sequence.isFinal("~"), ![nil, 1].contains(sequence.parameter(0)) { return false }
        guard sequence.parameters.count > 1 else { return true }
        return sequence.parameters.count == 2 && Modifiers(sequence.parameters[1])?.isEmpty == true
    }

    /// VT220's numbers, and those of xterm, rxvt and the Linux console.
    private static func numbered(_ number: Int) -> Key? {
        switch number {
        case 1, 7: .home
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23, 24: .function(number - 12)
        default: nil
        }
    }

    /// xterm's modifyOtherKeys: `27 ; modifiers ; character ~`.
    private static func otherKey(_ sequence: ControlSequence) -> Key? {
        guard sequence.parameters.count == 3 else { return nil }
        return disambiguated(sequence.parameter(2), sequence.parameters[1])
    }

    /// A key as fixterms and kitty send it: its character and its modifiers.
    private static func disambiguated(_ code: Int?, _ modifiers: [Int?]?) -> Key? {
        guard let code, let modifiers = Modifiers(modifiers ?? [1]), !modifiers.contains(.other) else { return nil }
        switch code {
        case 27: return modifiers.isEmpty ? .escape : nil
        // With a modifier, Enter is a line break in the composer; alone it sends.
        case 13, 57414: return modifiers.isEmpty ? .enter : .control("j")
        case 9: return modifiers.isEmpty ? .tab : modifiers == .shift ? .backTab : nil
        case 127: return modifiers.contains(.alt) || modifiers.contains(.control) ? nil : .backspace
        case 57399...57408: return modifiers.isEmpty ? .character(Character("\(code - 57399)")) : nil
        default: break
        }
        // Keys without a character have private numbers.
        guard code >= 0x20, !(0xE000...0xF8FF).contains(code), let scalar = Unicode.Scalar(UInt32(code)) else {
            return nil
        }
        var character = Character(scalar)
        if modifiers.contains(.shift), let upper = character.uppercased().first, character.uppercased().count == 1 {
            character = upper
        }
        switch modifiers.subtracting(.shift) {
        case []: return plain(scalar) == nil ? nil : .character(character)
        case .control where scalar == "[": return .escape
        case .control: return scalar.isASCII && scalar.properties.isAlphabetic ? .control(Character(scalar)) : nil
        case .alt: return .alt(character)
        default: return nil
        }
    }
}

/// Which modifiers are held with a key, as xterm and kitty number them: one more than the sum of their bits.
private struct Modifiers: OptionSet, Sendable {
    let rawValue: Int

    static let shift = Modifiers(rawValue: 1)
    static let alt = Modifiers(rawValue: 2)
    static let control = Modifiers(rawValue: 4)
    /// Super, Hyper and Meta.
    static let other = Modifiers(rawValue: 8)

    init(rawValue: Int) { self.rawValue = rawValue }

    /// - Returns: `nil` when the key is released.
    init?(_ parameter: [Int?]) {
        let bits = max(0, (parameter.first.flatMap { $0 } ?? 1) - 1)
        if parameter.count > 1, parameter[1] == 3 { return nil }
        // Caps Lock and Num Lock are on, not held.
        rawValue = bits & 0b111 | (bits & 0b11_1000 != 0 ? 8 : 0)
    }
}
