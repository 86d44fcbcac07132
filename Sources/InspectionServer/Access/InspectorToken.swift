internal import MagmaRuntime
package import SessionModel

/// A token of an inspector: its owner's name and role. The secret is kept as its SHA-256 only.
package struct InspectorToken: Sendable {
    package let name: String
    package let role: Role
    private let digest: SecretDigest

    package init(name: String, role: Role, secret: String) {
        self.name = name
        self.role = role
        digest = SecretDigest(secret)
    }

    /// 256 random bits, as letters and digits.
    package static func randomSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in generator.next() }
        return words.map { String($0, radix: 36) }.joined()
    }

    func matches(_ secret: String) -> Bool { digest.matches(secret) }
}
