/// Makes text from outside safe for a terminal, scalar by scalar: what would be invisible becomes a mark.
///
/// Format, default-ignorable, private and unassigned characters, marks without a base, and more marks than a cell
/// holds are shown as `‹number or meaning›`, ASCII control characters by their symbols, such as `␀`. Flags become
/// their letters, joined emoji stand side by side, and skin tones are named, since terminals disagree on how
/// many columns those take.
struct Cleaning {
    /// Maximum marks that a cell of ncurses holds besides its base.
    static let marksInCell = 4
    /// Maximum spacing marks of one base.
    private static let spacingMarks = 32

    private(set) var output = String.UnicodeScalarView()
    private var column = 0
    /// The scalar that marks may join; `nil` when there is none.
    private var base: Unicode.Scalar?
    private var marks = 0
    private var spacing = 0
    /// Number of the base's marks that are not shown.
    private var excess = 0
    /// The scalar before, shown or not.
    private var previous: Unicode.Scalar?
    /// Whether a joiner follows an emoji; it joins only if another emoji comes next.
    private var joiner = false

    static func clean(_ text: some StringProtocol) -> String {
        var cleaning = Cleaning()
        for scalar in text.unicodeScalars { cleaning.read(scalar) }
        cleaning.finish()
        return String(cleaning.output)
    }

    private mutating func read(_ scalar: Unicode.Scalar) {
        defer { previous = scalar }
        if joiner {
            joiner = false
            if !Self.isPictograph(scalar) { mark("200D") }
        }
        switch scalar.value {
        case 0x20..<0x7F: begin(scalar)
        case 0x09:
            endBase()
            for _ in 0..<(8 - column % 8) { append(" ") }
        case 0x0A where previous == "\r": break
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029:
            endBase()
            append("⏎")
        case 0x00..<0x20:
            endBase()
            append(Unicode.Scalar(0x2400 + scalar.value) ?? "?")
        case 0x7F:
            endBase()
            append("␡")
        case 0x1F1E6...0x1F1FF: begin(Unicode.Scalar(scalar.value - 0x1F1E6 + 65) ?? "?")
        case 0x1F3FB...0x1F3FF: mark("tone \(scalar.value - 0x1F3FA)")
        case 0x200D where Self.isPictograph(previous): joiner = true
        case 0xFE0E, 0xFE0F: if previous?.properties.isEmoji != true { mark(scalar) }
        default: readOther(scalar)
        }
    }

    private mutating func readOther(_ scalar: Unicode.Scalar) {
        guard Self.isVisible(scalar) else { return mark(scalar) }
        if Width.isConjoining(scalar) {
            return Self.joinsJamo(scalar, after: previous) && base != nil ? join(scalar) : mark(scalar)
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark:
            if base == nil { mark(scalar) } else { join(scalar) }
        case .spacingMark where base != nil, _ where base != nil && scalar.properties.isGraphemeExtend:
            spacing += 1
            marks = 0
            if spacing > Self.spacingMarks { excess += 1 } else { append(scalar) }
        default: begin(scalar)
        }
    }

    mutating func finish() {
        if joiner { mark("200D") }
        endBase()
    }

    // MARK: Writing

    private mutating func begin(_ scalar: Unicode.Scalar) {
        endBase()
        append(scalar)
        base = scalar
    }

    /// Puts a mark into the cell of its base, while there is room.
    private mutating func join(_ scalar: Unicode.Scalar) {
        marks += 1
        if marks > Self.marksInCell { excess += 1 } else { append(scalar) }
    }

    /// Ends the base's cluster, and shows how many of its marks were left out.
    private mutating func endBase() {
        if excess > 0 {
            for scalar in "‹+\(excess)›".unicodeScalars { append(scalar) }
        }
        (base, marks, spacing, excess) = (nil, 0, 0, 0)
    }

    private mutating func mark(_ scalar: Unicode.Scalar) { mark(String(scalar.value, radix: 16, uppercase: true)) }

    private mutating func mark(_ words: String) {
        endBase()
        for scalar in "‹\(words)›".unicodeScalars { append(scalar) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        output.append(scalar)
        column += Width.of(scalar)
    }

    // MARK: Telling scalars apart

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
        default: break
        }
        // The blank Braille pattern is as invisible as the fillers that Unicode calls ignorable.
        return !properties.isDefaultIgnorableCodePoint && !properties.isVariationSelector && scalar != "\u{2800}"
    }

    /// Whether it is an emoji that may be joined with others.
    private static func isPictograph(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        return scalar.value > 0x7F && scalar.properties.isEmoji || scalar == "\u{FE0F}"
    }

    /// Whether a vowel or a final of Hangul forms a syllable with what stands before it (GB6 to GB8 of Annex 29).
    private static func joinsJamo(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
        guard let previous else { return false }
        let isSyllable = (0xAC00...0xD7A3).contains(previous.value)
        let isVowel = (0x1160...0x11A7).contains(scalar.value) || (0xD7B0...0xD7C6).contains(scalar.value)
        let afterVowel = (0x1160...0x11A7).contains(previous.value) || (0xD7B0...0xD7C6).contains(previous.value)
        let isOpen = isSyllable && (previous.value - 0xAC00) % 28 == 0
        if isVowel {
            let isLeading = (0x1100...0x115F).contains(previous.value) || (0xA960...0xA97C).contains(previous.value)
            return isLeading || afterVowel || isOpen
        }
        let afterFinal = (0x11A8...0x11FF).contains(previous.value) || (0xD7CB...0xD7FB).contains(previous.value)
        return afterVowel || afterFinal || isSyllable
    }
}
