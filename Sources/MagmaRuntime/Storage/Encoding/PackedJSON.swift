internal import Crypto
package import FoundationEssentials
package import SessionModel

/// JSON as it is stored: large strings, such as images and bodies, are kept once, beside it, and referred to.
package struct PackedJSON: Sendable {
    /// Strings from so many bytes on are kept beside.
    package static let threshold = 4096
    private static let mark = "$payload"

    package private(set) var text: String
    /// The strings that ``text`` refers to, by their SHA-256.
    package private(set) var payloads: [(hash: Data, text: String)] = []

    package var isPacked: Bool { !payloads.isEmpty }

    /// - Parameter text: what `json` is as text, if that is known.
    package init(_ json: @autoclosure () -> JSON, text known: String? = nil) {
        text = known ?? json().text
        guard text.utf8.count > Self.threshold else { return }
        var found: [(Data, String)] = []
        let packed = Self.pack(json(), &found)
        // What looks like a reference nests deeper when it is packed.
        guard !found.isEmpty, packed.depth <= JSON.writtenDepth else { return }
        payloads = found
        text = packed.text
    }

    private static func pack(_ json: JSON, _ found: inout [(Data, String)]) -> JSON {
        switch json {
        case .string(let text) where text.utf8.count >= threshold:
            let hash = Data(SHA256.hash(data: Data(text.utf8)))
            found.append((hash, text))
            return [mark: .string(hash.base64EncodedString())]
        case .array(let items): return .array(items.map { pack($0, &found) })
        case .object(let members):
            let packed = JSON.object(JSON.Object(members.map { ($0.name, pack($0.value, &found)) }))
            // An object that looks like a reference is put in one, so that it is not taken for it.
            return members[mark] == nil ? packed : [mark: nil, "object": packed]
        default: return json
        }
    }

    /// The JSON again.
    ///
    /// - Parameter payload: gives the string of that SHA-256.
    package static func unpack(_ json: JSON, _ payload: (Data) throws -> String?) throws -> JSON {
        switch json {
        case .array(let items): return .array(try items.map { try unpack($0, payload) })
        case .object(let members):
            if let reference = members[mark] {
                if let hash = reference.string.flatMap({ Data(base64Encoded: $0) }) {
                    return .string(try payload(hash) ?? "‹lost›")
                }
                if case .object(let inner)? = members["object"] {
                    return .object(JSON.Object(try inner.map { ($0.name, try unpack($0.value, payload)) }))
                }
            }
            return .object(JSON.Object(try members.map { ($0.name, try unpack($0.value, payload)) }))
        default: return json
        }
    }
}
