/// What the mouse did, as xterm reports it.
enum MouseReport {
    /// `Esc [ < button ; column ; row` and `M` for a press or `m` for a release, counted from 1.
    static func sgr(_ sequence: ControlSequence) -> Mouse? {
        guard sequence.prefix == UInt8(ascii: "<"), sequence.isFinal("M") || sequence.isFinal("m"),
            sequence.parameters.count == 3, let button = sequence.parameter(0), let x = sequence.parameter(1),
            let y = sequence.parameter(2)
        else { return nil }
        return mouse(button, x, y, isRelease: sequence.isFinal("m"))
    }

    /// Three bytes, each 32 more than its number; a release does not say of which button.
    static func x10(_ bytes: [UInt8]) -> Mouse? {
        guard bytes.count == 3, bytes.allSatisfy({ $0 >= 32 }) else { return nil }
        let button = Int(bytes[0]) - 32
        let isRelease = button & 0b11 == 3 && button & 0b110_0000 == 0
        return mouse(isRelease ? button & ~0b11 : button, Int(bytes[1]) - 32, Int(bytes[2]) - 32, isRelease: isRelease)
    }

    private static func mouse(_ button: Int, _ x: Int, _ y: Int, isRelease: Bool) -> Mouse? {
        guard (1...9999).contains(x), (1...9999).contains(y) else { return nil }
        let point = Point(x: x - 1, y: y - 1)
        // Without the modifiers.
        switch button & ~0b1_1100 {
        case 0: return Mouse(isRelease ? .release : .press, at: point)
        case 32: return Mouse(.drag, at: point)
        case 64: return isRelease ? nil : Mouse(.wheelUp, at: point)
        case 65: return isRelease ? nil : Mouse(.wheelDown, at: point)
        default: return nil
        }
    }
}
