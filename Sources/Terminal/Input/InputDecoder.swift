/// Decodes the bytes that a terminal sends into inputs, however they are split.
///
/// A complete sequence is one event: known or ignored. Sequences are read as ECMA-48 defines control functions,
/// and as xterm, the Linux console, rxvt and kitty send keys, pastes and the mouse; what a terminal answers
/// to a query is never taken for a key.
///
/// An Esc that nothing follows within ``escapeTime`` is the key; an incomplete sequence or paste ends at
/// ``deadline``. Call ``read(_:at:)`` with bytes, and ``expire(at:)`` when the deadline has passed.
package struct InputDecoder: Sendable {
    /// Milliseconds after an Esc in which its sequence may still begin.
    package static let escapeTime = 100.0
    /// Milliseconds of silence after which a sequence has broken off.
    package static let sequenceTime = 500.0
    /// Milliseconds of silence after which a paste is over.
    package static let pasteTime = 1000.0
    /// Maximum bytes of a paste; a larger one is refused.
    package static let maximumPaste = 1 << 20
    /// Maximum bytes that are kept of a sequence.
    private static let maximumSequence = 4096

    private enum State: Sendable, Hashable {
        case ground
        /// After an Esc; whether another came right before it.
        case escape(isDouble: Bool)
        /// After `Esc [`.
        case control(isAlt: Bool)
        /// After `Esc [ [`: a function key of the Linux console.
        case console
        /// After `Esc [ M`: a mouse report of three bytes.
        case mouse
        /// After `Esc O` or `Esc N`.
        case shift(isAlt: Bool, isThird: Bool)
        /// After `Esc ]`, `Esc P`, `Esc X`, `Esc ^` or `Esc _`: text up to `Esc \`.
        case string(UInt8, sawEscape: Bool)
        case paste
    }

    private var state = State.ground
    /// Bytes of the current sequence or paste.
    private var bytes: [UInt8] = []
    /// How many bytes arrived, including those that were not kept.
    private var count = 0
    private var text = UTF8Reader()
    /// Whether the character that is being read comes right after an Esc.
    private var isAlt = false
    /// Until when an answer about the background is accepted, as uptime in milliseconds.
    package var awaitsBackground = 0.0
    /// Whether the terminal reports that it can send Esc as a sequence (kitty's keyboard protocol), so that no timeout
    /// is needed to recognise it.
    package private(set) var canDisambiguate = false
    /// When the pending input expires, as uptime in milliseconds; `nil` while none is pending.
    package private(set) var deadline: Double?

    package init() {}

    /// - Parameter now: uptime in milliseconds.
    package mutating func read(_ bytes: some Sequence<UInt8>, at now: Double) -> [Input] {
        var inputs = expire(at: now)
        let bytes = Array(bytes)
        if case .paste = state, bytes.first == Self.interrupt, isApart(at: now) {
            // Ctrl-C must work even if the end of a paste was lost, so one that comes separately is a key.
            inputs.append(pasted())
            reset()
        }
        for byte in bytes { read(byte, now, &inputs) }
        deadline = wait.map { now + $0 }
        return inputs
    }

    /// Ends an incomplete sequence or paste whose deadline has passed.
    package mutating func expire(at now: Double) -> [Input] {
        guard let deadline, deadline <= now else { return [] }
        self.deadline = nil
        defer { reset() }
        switch state {
        case .ground, .console, .mouse: return []
        case .escape(let isDouble): return isDouble ? [.key(.escape), .key(.escape)] : [.key(.escape)]
        case .control(let isAlt): return bytes.isEmpty && !isAlt ? [.key(.alt("["))] : []
        case .shift(let isAlt, let isThird): return bytes.isEmpty && !isAlt ? [.key(.alt(isThird ? "O" : "N"))] : []
        case .string(let kind, _): return count == 0 ? [.key(.alt(Character(Unicode.Scalar(kind))))] : []
        case .paste: return [pasted()]
        }
    }

    /// Whether these bytes come after a pause: a terminal sends all of a paste at once.
    private func isApart(at now: Double) -> Bool { deadline.map { now - ($0 - Self.pasteTime) >= 50 } ?? false }

    private var wait: Double? {
        switch state {
        case .ground: nil
        case .escape: Self.escapeTime
        case .control, .console, .mouse, .shift, .string: Self.sequenceTime
        case .paste: Self.pasteTime
        }
    }

    private mutating func reset() {
        state = .ground
        bytes = []
        count = 0
    }

    private mutating func begin(_ state: State) {
        reset()
        self.state = state
    }
}

// MARK: Bytes

extension InputDecoder {
    private mutating func read(_ byte: UInt8, _ now: Double, _ inputs: inout [Input]) {
        switch state {
        case .ground: readText(byte, &inputs)
        case .escape(let isDouble): readEscape(byte, isDouble, &inputs)
        case .control(let isAlt): readControl(byte, isAlt, &inputs)
        case .console:
            reset()
            if let key = SequenceKeys.console(byte) { inputs.append(.key(key)) }
        case .mouse:
            bytes.append(byte)
            guard bytes.count == 3 else { return }
            if let mouse = MouseReport.x10(bytes) { inputs.append(.mouse(mouse)) }
            reset()
        case .shift(let isAlt, let isThird): readShift(byte, isAlt, isThird, &inputs)
        case .string(let kind, let sawEscape): readString(byte, kind, sawEscape, now, &inputs)
        case .paste: readPaste(byte, &inputs)
        }
    }

    private mutating func readText(_ byte: UInt8, _ inputs: inout [Input]) {
        for scalar in text.read(byte) {
            let isAfterEscape = isAlt
            isAlt = false
            if scalar == "\u{1B}" {
                begin(.escape(isDouble: false))
            } else if isAfterEscape, scalar.value > 0x20, scalar.value != 0x7F, scalar != "\u{FFFD}" {
                inputs.append(.key(.alt(Character(scalar))))
            } else if isAfterEscape, scalar == "\r" {
                // As from terminals that tell Enter with a modifier.
                inputs.append(.key(.control("j")))
            } else if !isAfterEscape, let key = SequenceKeys.plain(scalar) {
                // Alt with a key that has no character is ignored.
                inputs.append(.key(key))
            }
        }
    }

    private mutating func readEscape(_ byte: UInt8, _ isDouble: Bool, _ inputs: inout [Input]) {
        switch byte {
        case UInt8(ascii: "["): begin(.control(isAlt: isDouble))
        case UInt8(ascii: "O"), UInt8(ascii: "N"):
            begin(.shift(isAlt: isDouble, isThird: byte == UInt8(ascii: "O")))
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            if isDouble { inputs.append(.key(.escape)) }
            begin(.string(byte, sawEscape: false))
        case 0x1B:
            if isDouble { inputs.append(.key(.escape)) }
            state = .escape(isDouble: true)
        default:
            if isDouble { inputs.append(.key(.escape)) }
            reset()
            isAlt = true
            readText(byte, &inputs)
        }
    }

    private mutating func readControl(_ byte: UInt8, _ isAlt: Bool, _ inputs: inout [Input]) {
        switch byte {
        case UInt8(ascii: "[") where bytes.isEmpty: begin(.console)
        case UInt8(ascii: "M") where bytes.isEmpty: begin(.mouse)
        case UInt8(ascii: "$") where !bytes.isEmpty && bytes.allSatisfy(Self.isDigit):
            // A shifted key of rxvt, whose form nobody else uses.
            reset()
        case 0x20...0x3F:
            if bytes.count < Self.maximumSequence { bytes.append(byte) }
        case 0x40...0x7E: endControl(byte, isAlt, &inputs)
        default: breakOff(byte, &inputs)
        }
    }

    private mutating func endControl(_ final: UInt8, _ isAlt: Bool, _ inputs: inout [Input]) {
        let sequence = ControlSequence(bytes, final)
        reset()
        guard let sequence else { return }
        if sequence.isPasteStart {
            begin(.paste)
        } else if sequence.prefix == UInt8(ascii: "?"), sequence.isFinal("u") {
            canDisambiguate = true
        } else if let mouse = MouseReport.sgr(sequence) {
            inputs.append(.mouse(mouse))
        } else if !isAlt, let key = SequenceKeys.key(of: sequence) {
            inputs.append(.key(key))
        }
    }

    private mutating func readShift(_ byte: UInt8, _ isAlt: Bool, _ isThird: Bool, _ inputs: inout [Input]) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ";"):
            // Modifiers, as some terminals send them.
            if bytes.count < Self.maximumSequence { bytes.append(byte) }
        case 0x20...0x7E:
            let key = bytes.isEmpty && isThird && !isAlt ? SequenceKeys.keypad(byte) : nil
            reset()
            if let key { inputs.append(.key(key)) }
        default: breakOff(byte, &inputs)
        }
    }

    private mutating func readString(
        _ byte: UInt8,
        _ kind: UInt8,
        _ sawEscape: Bool,
        _ now: Double,
        _ inputs: inout [Input]
    ) {
        switch byte {
        case UInt8(ascii: "\\") where sawEscape, 0x07:
            let isBackground = kind == UInt8(ascii: "]") && now < awaitsBackground
            let background = isBackground ? Background(answer: bytes) : nil
            reset()
            guard let background else { return }
            awaitsBackground = 0
            inputs.append(.background(isLight: background.isLight))
        case 0x1B: state = .string(kind, sawEscape: true)
        case 0x03, 0x18, 0x1A: breakOff(byte, &inputs)
        case _ where sawEscape:
            // The Esc begins another sequence.
            begin(.escape(isDouble: false))
            read(byte, now, &inputs)
        default:
            count += 1
            if bytes.count < Self.maximumSequence { bytes.append(byte) }
        }
    }

    /// A byte that cannot be in a sequence ends it and is read as input; CAN and SUB only end it.
    private mutating func breakOff(_ byte: UInt8, _ inputs: inout [Input]) {
        reset()
        if byte != 0x18, byte != 0x1A { readText(byte, &inputs) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

// MARK: Pastes

extension InputDecoder {
    /// Ctrl-C.
    private static let interrupt: UInt8 = 0x03
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private mutating func readPaste(_ byte: UInt8, _ inputs: inout [Input]) {
        count += 1
        // Bytes over the limit are only searched for the end of the paste.
        if bytes.count >= Self.maximumPaste + Self.pasteEnd.count {
            bytes.removeSubrange(Self.maximumPaste..<bytes.count - 5)
        }
        bytes.append(byte)
        guard byte == UInt8(ascii: "~"), bytes.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd) else { return }
        bytes.removeLast(Self.pasteEnd.count)
        count -= Self.pasteEnd.count
        inputs.append(pasted())
        reset()
    }

    private func pasted() -> Input {
        guard count <= Self.maximumPaste else { return .pasteRefused(bytes: count) }
        let text = String(decoding: bytes, as: UTF8.self)
        return .paste(text.replacing("\r\n", with: "\n").replacing("\r", with: "\n"))
    }
}
