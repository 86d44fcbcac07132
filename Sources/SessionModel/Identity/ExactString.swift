#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A string that equals another one only when their UTF-8 bytes do, and is ordered by them.
///
/// Swift's `String` compares by Unicode equivalence: é composed and decomposed are equal, and K and the Kelvin sign.
/// Ids, names and values from outside are equal only if their bytes are, so they use this type. On a property it keeps
/// the type `String`: `@ExactString var id: String`. Comparing and hashing take time in proportion to the bytes.
@propertyWrapper
public struct ExactString: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public var wrappedValue: String

    public init(wrappedValue: String) { self.wrappedValue = wrappedValue }
    public init(_ string: String) { wrappedValue = string }
    public init(stringLiteral value: String) { wrappedValue = value }

    public var description: String { wrappedValue }

    public static func == (left: Self, right: Self) -> Bool { left.wrappedValue.isExactly(right.wrappedValue) }

    public static func < (left: Self, right: Self) -> Bool { left.wrappedValue.precedes(right.wrappedValue) }

    public func hash(into hasher: inout Hasher) {
        var string = wrappedValue
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // UTF-8 never contains this byte, so it separates strings that are hashed in a row.
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Whether both are the same UTF-8 bytes.
    package func isExactly(_ other: String?) -> Bool { other.map { isExactly($0) } ?? false }

    /// Whether both are the same UTF-8 bytes.
    package func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && Self.compare(self, other) == 0
    }

    /// Whether this one comes first when both are ordered by their UTF-8 bytes, as SQLite and PostgreSQL's `C` do.
    package func precedes(_ other: String) -> Bool { Self.compare(self, other) < 0 }

    /// Whether the UTF-8 bytes of this string begin with those of `other`.
    package func startsExactly(with other: String) -> Bool {
        var (text, other) = (self, other)
        return text.withUTF8 { text in
            other.withUTF8 { other in
                guard text.count >= other.count else { return false }
                guard let a = text.baseAddress, let b = other.baseAddress else { return true }
                return memcmp(a, b, other.count) == 0
            }
        }
    }

    /// Whether the UTF-8 bytes of `other` are somewhere in this string.
    package func holdsExactly(_ other: String) -> Bool {
        var (text, other) = (self, other)
        return text.withUTF8 { text in
            other.withUTF8 { other in
                guard let first = other.first, let searched = other.baseAddress else { return true }
                guard text.count >= other.count, let bytes = text.baseAddress else { return false }
                return (0...(text.count - other.count)).contains {
                    text[$0] == first && memcmp(bytes + $0, searched, other.count) == 0
                }
            }
        }
    }

    /// Negative, 0 or positive, as the bytes of `left` are less than, equal to or greater than those of `right`.
    private static func compare(_ left: String, _ right: String) -> Int {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                let shorter = Swift.min(left.count, right.count)
                if shorter > 0, let a = left.baseAddress, let b = right.baseAddress {
                    let order = memcmp(a, b, shorter)
                    if order != 0 { return Int(order) }
                }
                return left.count - right.count
            }
        }
    }
}

extension String? {
    /// Whether both are absent, or the same UTF-8 bytes.
    package func isExactly(_ other: String?) -> Bool { map(ExactString.init(_:)) == other.map(ExactString.init(_:)) }
}

extension Sequence<String> {
    /// Whether one of them is the same UTF-8 bytes.
    package func containsExactly(_ string: String) -> Bool { contains { $0.isExactly(string) } }
}
