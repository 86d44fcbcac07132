internal import SessionModel

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The character encoding of a body. Invalid bytes become U+FFFD, as in WHATWG's Encoding standard.
enum Charset: Sendable, Equatable {
    case utf8
    case windows1252
    case utf16(isBigEndian: Bool)
    /// One that the system's `iconv` knows by this name.
    case other(String)

    /// - Returns: `nil` for an unknown label.
    init?(_ label: String) {
        let label = label.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }.lowercased()
        switch label {
        case "utf-8", "utf8", "unicode-1-1-utf-8": self = .utf8
        // What WHATWG reads as windows-1252: the labels of Latin-1 and of ASCII too.
        case "windows-1252", "cp1252", "x-cp1252", "iso-8859-1", "iso8859-1", "iso_8859-1", "iso88591", "latin1", "l1",
            "us-ascii", "ascii", "ansi_x3.4-1968", "cp819", "ibm819":
            self = .windows1252
        case "utf-16", "utf-16le", "unicode", "ucs-2", "iso-10646-ucs-2": self = .utf16(isBigEndian: false)
        case "utf-16be", "unicodefffe": self = .utf16(isBigEndian: true)
        default:
            // Only text that can be a charset's name goes to `iconv`.
            let isName =
                (1...40).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-_.:".utf8.contains($0)
                }
            guard isName, Self.convert([], from: label) != nil else { return nil }
            self = .other(label)
        }
    }

    func decoded(_ bytes: some Collection<UInt8>) -> String {
        switch self {
        case .utf8:
            // A byte order mark in a form or a query belongs to the value (WHATWG: UTF-8 decode without BOM).
            return String(decoding: bytes, as: UTF8.self)
        case .windows1252:
            var text = String.UnicodeScalarView()
            for byte in bytes { text.append(Self.scalar(of: byte)) }
            return String(text)
        case .utf16(let isBig):
            let bytes = Array(bytes)
            var isBig = isBig
            if bytes.starts(with: [0xFE, 0xFF]) {
                isBig = true
            } else if bytes.starts(with: [0xFF, 0xFE]) {
                isBig = false
            }
            var units: [UInt16] = []
            for index in stride(from: 0, to: bytes.count - 1, by: 2) {
                let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
                units.append(isBig ? first << 8 | second : second << 8 | first)
            }
            if bytes.count % 2 == 1 { units.append(0xFFFD) }
            return String(decoding: units.first == 0xFEFF ? units.dropFirst() : units[...], as: UTF16.self)
        case .other(let name): return Self.convert(Array(bytes), from: name) ?? String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The byte order mark of UTF-8.
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Decodes UTF-8, or windows-1252 when the bytes are not UTF-8.
    static func text(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self) ?? windows1252.decoded(bytes)
    }

    private static func scalar(of byte: UInt8) -> Unicode.Scalar {
        (0x80...0x9F).contains(byte) ? upper[Int(byte) - 0x80] : Unicode.Scalar(byte)
    }

    /// What windows-1252 has from 0x80 to 0x9F (WHATWG's Encoding standard, index-windows-1252).
    private static let upper: [Unicode.Scalar] = [
        "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}", "\u{2C6}",
        "\u{2030}",
        "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}", "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}",
        "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}", "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}",
        "\u{9D}",
        "\u{17E}", "\u{178}",
    ]

    /// - Returns: `nil` when the system does not know the charset.
    private static func convert(_ bytes: [UInt8], from name: String) -> String? {
        guard let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        var output: [UInt8] = []
        var input = bytes.map { CChar(bitPattern: $0) }
        var buffer = [CChar](repeating: 0, count: 4096)
        input.withUnsafeMutableBufferPointer { input in
            var next = input.baseAddress
            var left = input.count
            while left > 0 {
                let before = left
                buffer.withUnsafeMutableBufferPointer { buffer in
                    var end = buffer.baseAddress
                    var free = buffer.count
                    let result = iconv(converter, &next, &left, &end, &free)
                    output += buffer.prefix(buffer.count - free).map { UInt8(bitPattern: $0) }
                    // An invalid byte, or an incomplete character at the end.
                    if result == -1, errno != E2BIG, left > 0 {
                        output += "\u{FFFD}".utf8
                        next = next?.advanced(by: 1)
                        left -= 1
                    }
                }
                if left == before { break }
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
