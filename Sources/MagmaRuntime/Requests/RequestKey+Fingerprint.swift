internal import Crypto
internal import Foundation

extension RequestKey {
    /// - Parameters:
    ///   - owner: to whom the key belongs: the API key that the request showed, an inspector's token, or the path of a hook.
    ///   - parts: what makes it this request: its entrance, its target and its body.
    /// - Throws: ``RuntimeError`` `idempotency_key_invalid`.
    package init(_ key: String, of owner: [String], for parts: [[UInt8]]) throws(RuntimeError) {
        try self.init(
            key,
            of: Self.digest(owner.map { Array($0.utf8) }),
            fingerprint: Self.digest(parts)
        )
    }

    /// The SHA-256 of the parts, each after its length, so that no two lists give one text.
    private static func digest(_ parts: [[UInt8]]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Data("\(part.count):".utf8))
            hash.update(data: Data(part))
        }
        return Data(hash.finalize()).base64EncodedString()
    }
}
