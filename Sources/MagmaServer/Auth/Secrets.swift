internal import Crypto
internal import Foundation
package import Inspection

/// Secrets that are only kept as their SHA-256, and compared in constant time.
struct SecretDigest: Sendable {
    private let digest: SHA256Digest

    init(_ secret: String) { digest = SHA256.hash(data: Data(secret.utf8)) }

    /// Digests compare in constant time, whatever they were made of.
    func matches(_ secret: String) -> Bool { digest == SHA256.hash(data: Data(secret.utf8)) }
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
