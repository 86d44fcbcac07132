internal import Crypto
internal import Foundation

/// A text as its SHA-256, which is compared in constant time.
package struct SecretDigest: Sendable {
    private let digest: [UInt8]

    package init(_ secret: String) { digest = Array(SHA256.hash(data: Data(secret.utf8))) }

    /// Reads what ``text`` wrote; `nil` for anything else.
    package init?(sha256 text: String) {
        let digits = Array(text)
        guard digits.count == 64 else { return nil }
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
        guard bytes.count == 32 else { return nil }
        digest = bytes
    }

    /// The digest as 64 hexadecimal digits.
    package var text: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// Digests compare in constant time, whatever they were made of.
    package func matches(_ secret: String) -> Bool { SHA256.hash(data: Data(secret.utf8)) == digest }
}
