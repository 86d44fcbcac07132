/// Percent-encoding as WHATWG's URL standard decodes it: an invalid escape stays as it is.
package enum PercentEncoding {
    /// All but letters, digits and `-._~` (RFC 3986, section 2.3) as escapes.
    package static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count < 2 ? "%0\(digits)" : "%\(digits)"
            }
        }
    }

    /// - Parameter plusIsSpace: as forms and queries write it.
    package static func decoded(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var place = text.startIndex
        while place != text.endIndex {
            let byte = text[place]
            place = text.index(after: place)
            if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), let (value, end) = escape(in: text, from: place) {
                bytes.append(value)
                place = end
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func escape<Text: Collection<UInt8>>(in text: Text, from place: Text.Index) -> (UInt8, Text.Index)? {
        guard place != text.endIndex, let high = digit(text[place]) else { return nil }
        let next = text.index(after: place)
        guard next != text.endIndex, let low = digit(text[next]) else { return nil }
        return (high << 4 | low, text.index(after: next))
    }

    /// The value of a hexadecimal digit.
    package static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) - 0x57
        default: nil
        }
    }
}
