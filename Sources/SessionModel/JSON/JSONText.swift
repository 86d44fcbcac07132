/// JSON text in UTF-8 that is being written.
///
/// Bytes go into memory of its own: an array checks with each of them whether it has to be copied, and what is stored and answered is
/// written here. ``text(_:)`` and ``bytes(_:)`` make one and give its memory back.
package struct JSONText {
    private var start: UnsafeMutablePointer<UInt8>
    private var count = 0
    private var capacity: Int
    /// Whether the object that is being written has no member yet.
    var isFirst = true

    /// What `write` writes.
    static func text(_ write: (inout JSONText) -> Void) -> String {
        written(write) { bytes in
            String(unsafeUninitializedCapacity: bytes.count) {
                _ = $0.update(fromContentsOf: bytes)
                return bytes.count
            }
        }
    }

    /// What `write` writes.
    static func bytes(_ write: (inout JSONText) -> Void) -> [UInt8] { written(write) { Array($0) } }

    private static func written<Value>(
        _ write: (inout JSONText) -> Void,
        _ read: (UnsafeBufferPointer<UInt8>) -> Value
    ) -> Value {
        var text = JSONText(capacity: 512)
        defer { text.start.deallocate() }
        write(&text)
        return read(UnsafeBufferPointer(start: text.start, count: text.count))
    }

    private init(capacity: Int) {
        start = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    // MARK: Bytes

    @inline(__always)
    private mutating func reserve(_ more: Int) { if capacity - count < more { grow(by: more) } }

    private mutating func grow(by more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    /// A text as it is.
    mutating func add(plain text: String) {
        var text = text
        text.withUTF8 { bytes in
            reserve(bytes.count)
            guard let base = bytes.baseAddress else { return }
            (start + count).update(from: base, count: bytes.count)
            count += bytes.count
        }
    }

    /// Spaces at the beginning of a line.
    mutating func addLine(indent: Int) {
        reserve(indent + 1)
        start[count] = UInt8(ascii: "\n")
        (start + count + 1).update(repeating: UInt8(ascii: " "), count: indent)
        count += indent + 1
    }

    // MARK: Values

    mutating func add(_ flag: Bool) { add(plain: flag ? "true" : "false") }

    /// `null` for what is no number.
    mutating func add(_ number: Double) { add(plain: number.isFinite ? number.description : "null") }

    mutating func add(_ number: Int) {
        // An `Int` has at most 19 digits, and a sign.
        reserve(20)
        var rest = number.magnitude
        var digits = 1
        var limit: UInt = 10
        while digits < 19, rest >= limit {
            digits += 1
            limit *= 10
        }
        if number < 0 {
            start[count] = UInt8(ascii: "-")
            count += 1
        }
        count += digits
        for place in 1...digits {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start[count - place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
    }

    /// A text in quotes.
    mutating func add(quoted text: String) {
        var text = text
        text.withUTF8 { bytes in
            reserve(bytes.count + 2)
            start[count] = UInt8(ascii: "\"")
            count += 1
            if let base = bytes.baseAddress, !bytes.isEmpty {
                if copyPlain(UnsafeRawPointer(base), bytes.count) {
                    count += bytes.count
                } else {
                    escape(bytes)
                }
            }
            add(UInt8(ascii: "\""))
        }
    }

    /// A member's name, which nothing has to be escaped in, with what stands around it.
    mutating func add(member name: String, after mark: UInt8) {
        var name = name
        name.withUTF8 { bytes in
            reserve(bytes.count + 4)
            guard let base = bytes.baseAddress else { return }
            let place = start + count
            place[0] = mark
            place[1] = UInt8(ascii: "\"")
            (place + 2).update(from: base, count: bytes.count)
            place[bytes.count + 2] = UInt8(ascii: "\"")
            place[bytes.count + 3] = UInt8(ascii: ":")
            count += bytes.count + 4
        }
    }

    /// Copies bytes to the end, eight at once, without counting them. Where fewer are left, the last step copies some of them again.
    ///
    /// - Parameter size: at least 1.
    /// - Returns: whether nothing of them has to be escaped.
    private func copyPlain(_ bytes: UnsafeRawPointer, _ size: Int) -> Bool {
        let target = UnsafeMutableRawPointer(start + count)
        func copyEight(at place: Int) -> Bool {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            target.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
            return !Self.mustEscape(word)
        }
        if size >= 8 {
            var place = 0
            while place <= size - 8 {
                guard copyEight(at: place) else { return false }
                place += 8
            }
            return place == size || copyEight(at: size - 8)
        }
        if size >= 4 {
            let first = bytes.loadUnaligned(as: UInt32.self)
            let last = bytes.loadUnaligned(fromByteOffset: size - 4, as: UInt32.self)
            target.storeBytes(of: first, as: UInt32.self)
            target.storeBytes(of: last, toByteOffset: size - 4, as: UInt32.self)
            return !Self.mustEscape(UInt64(first) | UInt64(last) << 32)
        }
        // Of three bytes at most these are all.
        var word: UInt64 = 0x2020_2020_2000_0000
        for (shift, place) in [(0, 0), (8, size / 2), (16, size - 1)] {
            let byte = bytes.load(fromByteOffset: place, as: UInt8.self)
            target.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
            word |= UInt64(byte) << shift
        }
        return !Self.mustEscape(word)
    }

    /// Whether one of eight bytes is below 0x20, a quote or a backslash.
    @inline(__always)
    private static func mustEscape(_ word: UInt64) -> Bool {
        let (ones, highBits): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        // The highest bit of a byte is set in these where the byte is one of them.
        let low = (word &- ones &* 0x20) & ~word
        let found = low | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return found & highBits != 0
    }

    private mutating func escape(_ bytes: UnsafeBufferPointer<UInt8>) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""): add(plain: "\\\"")
            case UInt8(ascii: "\\"): add(plain: "\\\\")
            case 0x0A: add(plain: "\\n")
            case 0x0D: add(plain: "\\r")
            case 0x09: add(plain: "\\t")
            case ..<0x20:
                let digits = String(byte, radix: 16)
                add(plain: digits.utf8.count == 1 ? "\\u000" : "\\u00")
                add(plain: digits)
            default: add(byte)
            }
        }
    }
}
