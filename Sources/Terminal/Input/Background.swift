/// A terminal's answer to the query for its background: `11;rgb:RRRR/GGGG/BBBB`.
struct Background {
    let isLight: Bool

    init?(answer: [UInt8]) {
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("11;rgb:") || text.hasPrefix("11;rgba:"), let colors = text.split(separator: ":").last
        else {
            return nil
        }
        let parts = colors.split(separator: "/").prefix(3).compactMap { Int($0.prefix(2), radix: 16) }
        guard parts.count == 3 else { return nil }
        isLight = 2 * parts[0] + 5 * parts[1] + parts[2] > 8 * 128
    }
}
