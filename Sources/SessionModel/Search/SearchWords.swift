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
        let start = line.range(of: phrases[0].words[0], options: [.caseInsensitive, .diacriticInsensitive])?.lowerBound
        let scalars = line.unicodeScalars
        let place = scalars.distance(from: scalars.startIndex, to: start ?? scalars.startIndex)
        let begin = scalars.index(scalars.startIndex, offsetBy: max(0, place - Self.around / 2))
        let end = scalars.index(begin, offsetBy: 2 * Self.around, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return (begin == scalars.startIndex ? "" : "…") + String(scalars[begin..<end])
            + (end == scalars.endIndex ? "" : "…")
    }

    /// The words of a text, in lower case and without accents.
    package static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func end() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in text.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark: continue
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber:
                if scalar.standsAlone {
                    end()
                    words.append(String(scalar))
                } else {
                    word.append(scalar)
                }
            default: end()
            }
        }
        end()
        return words
    }
}

extension SearchWords.Phrase {
    fileprivate func isFound(in text: [String]) -> Bool {
        guard text.count >= words.count else { return false }
        return (0...text.count - words.count).contains { start in
            words.indices.allSatisfy { index in
                let (word, wanted) = (text[start + index], words[index])
                return isPrefix && index == words.count - 1
                    ? word.utf8.starts(with: wanted.utf8) : word.isExactly(wanted)
            }
        }
    }
}

extension Unicode.Scalar {
    /// Whether it belongs to a script that is written without spaces, or of which words are found by their parts: Chinese,
    /// Japanese, Korean, Thai, Lao, Khmer, Burmese.
    package var standsAlone: Bool {
        switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x2E80...0x2FDF, 0x3005...0x3007,
            0x3040...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
