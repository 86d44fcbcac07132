internal import Crypto
internal import Foundation
package import Inspection

/// Secrets that are only kept as their SHA-256, and compared in constant time.
struct SecretDigest: Sendable {
    private let digest: [UInt8]

    init(_ secret: String) { digest = Array(SHA256.hash(data: Data(secret.utf8))) }

    /// Reads what ``text`` wrote; `nil` when it is none.
    init?(sha256 text: String) {
        let digits = Array(text)
        guard digits.count == 64 else { return nil }
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
        guard bytes.count == 32 else { return nil }
        digest = bytes
    }

    /// The digest as 64 hexadecimal digits.
    var text: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// Digests compare in constant time, whatever they were made of.
    func matches(_ secret: String) -> Bool { SHA256.hash(data: Data(secret.utf8)) == digest }
}

/// The API keys that clients of agents show; with none, every client is let in.
package struct APIKeys: Sendable {
    private let digests: [SecretDigest]

    package init(_ keys: [String]) { digests = keys.filter { !$0.isEmpty }.map(SecretDigest.init) }

    package var isEmpty: Bool { digests.isEmpty }

    /// Every key is compared, whichever fits.
    func admit(_ key: String?) -> Bool {
        if digests.isEmpty { return true }
        guard let key else { return false }
        return digests.reduce(false) { $1.matches(key) || $0 }
    }
}

/// A token of an inspector: who shows it, and what that one may do.
package struct InspectorToken: Sendable {
    package let name: String
    package let role: Role
    private let digest: SecretDigest

    package init(name: String, role: Role, secret: String) {
        self.name = name
        self.role = role
        digest = SecretDigest(secret)
    }

    func matches(_ secret: String) -> Bool { digest.matches(secret) }
}
