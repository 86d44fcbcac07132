internal import SessionModel

/// Words for PostgreSQL's index of them (`tsvector`), and what asks for words (`tsquery`). The server's own parser is not used: it
/// splits texts by its locale, and not as ``SearchWords`` does. Words consist of letters and digits, so that none needs escaping.
enum SearchVector {
    /// Bytes of a word that are indexed; nobody can search for longer ones.
    private static let longest = SearchWords.longest
    /// Bytes of all different words, of 1 MB that a vector may have.
    private static let largest = 900_000

    /// The words of a text, without their places; `nil` when there are too many of them.
    static func of(_ text: String) -> String? {
        var words: Set<String> = []
        var size = 0
        for word in SearchWords.words(of: text) {
            let word = word.utf8.count > longest ? word.prefix(bytes: longest) : word
            guard words.insert(word).inserted else { continue }
            size += word.utf8.count
            if size > largest { return nil }
        }
        return words.map { "'\($0)'" }.joined(separator: " ")
    }

    static func query(_ words: SearchWords) -> String {
        words.phrases.flatMap { phrase in
            phrase.words.enumerated().map { index, word in
                "'\(word)'" + (phrase.isPrefix && index == phrase.words.count - 1 ? ":*" : "")
            }
        }
        .joined(separator: " & ")
    }
}
