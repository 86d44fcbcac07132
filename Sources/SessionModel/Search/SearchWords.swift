internal import Foundation

/// What is searched for: words that a text must all have, in any order; words in quotes must follow on each other. A word
/// that ends with `*` matches all that begin with it. Case and accents are ignored; of scripts without spaces each
/// character is a word.
package struct SearchWords: Sendable, Hashable {
    /// Words that follow on each other.
    package struct Phrase: Sendable, Hashable {
        package let words: [String]
        /// Whether the last word is only the beginning of one.
        package let isPrefix: Bool
    }

    /// Bytes of a text that is searched for.
    package static let longest = 1024
    /// All of its words together: each of them is looked for at each word of a text.
    package static let mostWords = 32

    package let phrases: [Phrase]

    /// `nil` when there is no word in it, or there are too many.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        var phrases: [Phrase] = []
        for (index, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            // Every second part stands in quotes.
            let pieces = index % 2 == 1 ? [part] : part.split { $0.isWhitespace }
            for piece in pieces {
                let words = Self.words(of: String(piece))
                guard !words.isEmpty else { continue }
                phrases.append(Phrase(words: words, isPrefix: index % 2 == 0 && piece.hasSuffix("*")))
            }
        }
        guard !phrases.isEmpty, phrases.reduce(0, { $0 + $1.words.count }) <= Self.mostWords else { return nil }
        self.phrases = phrases
    }

    /// Whether all of it is in the text.
    package func match(_ text: String) -> Bool {
        let words = Self.words(of: text)
        return phrases.allSatisfy { $0.isFound(in: words) }
    }

    /// The line of the texts that has the first of it, cut to some hundred characters around it.
    package func line(of texts: [String]) -> String {
        for text in texts {
            for line in text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
            where phrases[0].isFound(in: Self.words(of: String(line))) {
                return cut(String(line))
            }
        }
        return cut(texts.first { !$0.isEmpty } ?? "")
    }

    private static let around = 120

    private func cut(_ line: String) -> String {
        guard line.utf8.count > 2 * Self.around else { return line }
        var (words, starts) = ([String](), [String.Index]())
        Self.scan(line) { word, start in
            words.append(word)
            starts.append(start)
        }
        let scalars = line.unicodeScalars
        let start = phrases[0].place(in: words).map { starts[$0] } ?? scalars.startIndex
        let begin =
            scalars.index(start, offsetBy: -Self.around / 2, limitedBy: scalars.startIndex) ?? scalars.startIndex
        let end = scalars.index(begin, offsetBy: 2 * Self.around, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return (begin == scalars.startIndex ? "" : "…") + String(scalars[begin..<end])
            + (end == scalars.endIndex ? "" : "…")
    }

    /// The words of a text, in lower case and without accents.
    package static func words(of text: String) -> [String] {
        var words: [String] = []
        scan(text) { word, _ in words.append(word) }
        return words
    }

    /// Goes through the words of a text, scalar by scalar: normalising a whole text takes time in the square of its marks.
    private static func scan(_ text: String, _ take: (_ word: String, _ start: String.Index) -> Void) {
        // As bytes: a view of scalars takes time in the length of the word for each of them.
        var word: [UInt8] = []
        var start = text.startIndex
        func end() {
            if !word.isEmpty { take(String(decoding: word, as: UTF8.self), start) }
            word.removeAll(keepingCapacity: true)
        }
        let scalars = text.unicodeScalars
        for index in scalars.indices {
            let scalar = scalars[index]
            guard scalar.isOfWord else {
                if !scalar.isMark { end() }
                continue
            }
            if scalar.standsAlone {
                end()
                take(String(scalar), index)
                continue
            }
            if word.isEmpty { start = index }
            scalar.fold(into: &word)
        }
        end()
    }
}

extension SearchWords.Phrase {
    fileprivate func isFound(in text: [String]) -> Bool { place(in: text) != nil }

    /// The first of the words where it begins.
    fileprivate func place(in text: [String]) -> Int? {
        guard text.count >= words.count else { return nil }
        return (0...text.count - words.count).first { start in
            words.indices.allSatisfy { index in
                let (word, wanted) = (text[start + index], words[index])
                return isPrefix && index == words.count - 1
                    ? word.utf8.starts(with: wanted.utf8) : word.isExactly(wanted)
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isMark: Bool {
        // Looking it up takes much longer, and most texts have little else.
        if isASCII { return false }
        return switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Whether it is a letter or a number.
    fileprivate var isOfWord: Bool {
        if isASCII { return (0x61...0x7A).contains(value | 0x20) || (0x30...0x39).contains(value) }
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    /// Appends it in lower case and without accents, as UTF-8.
    fileprivate func fold(into word: inout [UInt8]) {
        if isASCII {
            let byte = UInt8(truncatingIfNeeded: value)
            return word.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
        }
        for scalar in properties.lowercaseMapping.decomposedStringWithCanonicalMapping.unicodeScalars
        where !scalar.isMark { word.append(contentsOf: String(scalar).utf8) }
    }

    /// Whether it belongs to a script that is written without spaces, or of which words are found by their parts: Chinese,
    /// Japanese, Korean, Thai, Lao, Khmer, Burmese.
    fileprivate var standsAlone: Bool {
        switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x2E80...0x2FDF, 0x3005...0x3007,
            0x3040...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
