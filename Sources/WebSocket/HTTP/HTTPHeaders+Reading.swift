package import NIOHTTP1

extension HTTPHeaders {
    /// The value of a header; of one that came several times, all values with commas between them (RFC 9110, section 5.3).
    ///
    /// - Parameter name: in lower case.
    package func value(of name: String) -> String? {
        guard let first = first(name: name) else { return nil }
        let values = self[name]
        return values.count == 1 ? first : values.joined(separator: ", ")
    }
}

extension String {
    /// Whether it is a header's name, however it is written.
    ///
    /// - Parameter name: in lower case.
    func isName(_ name: String) -> Bool {
        utf8.count == name.utf8.count && zip(utf8, name.utf8).allSatisfy { $0 == $1 || $0 | 0x20 == $1 }
    }
}
