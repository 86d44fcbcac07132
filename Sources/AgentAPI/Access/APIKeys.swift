internal import MagmaRuntime

/// The API keys that clients of agents must send; with none configured, every client is admitted.
package struct APIKeys: Sendable {
    private let digests: [SecretDigest]

    package init(_ keys: [String]) { digests = keys.filter { !$0.isEmpty }.map(SecretDigest.init) }

    package var isEmpty: Bool { digests.isEmpty }

    /// Every key is compared, even after one has matched.
    func admit(_ key: String?) -> Bool {
        if digests.isEmpty { return true }
        guard let key else { return false }
        return digests.reduce(false) { $1.matches(key) || $0 }
    }
}
