package import Inspection
package import SessionModel

/// A text or value of a document that was too large for the runtime's answer: its beginning stands there, and `content.get`
/// has the whole.
package struct CutPart: Sendable, Hashable {
    /// What is to be replaced in the document.
    package let place: JSONPointer
    package let ref: String
    package let bytes: Int

    /// Those of a document, in their order.
    package static func find(in document: JSON) -> [CutPart] { find(in: document, at: JSONPointer()) }

    private static func find(in json: JSON, at place: JSONPointer) -> [CutPart] {
        switch json {
        case .array(let items): return items.enumerated().flatMap { find(in: $1, at: place.appending(String($0))) }
        case .object(let members):
            let inside = members.flatMap { find(in: $0.value, at: place.appending($0.name)) }
            guard members["cut"]?.bool == true, let ref = members["ref"]?.string, let bytes = json.count("bytes") else {
                return inside
            }
            // Either the object stands for a value, or one of its texts ends with how long it is.
            let end = "‹\(bytes) bytes›"
            let text = members.first { $0.value.string?.hasSuffix(end) == true }?.name
            return inside + [CutPart(place: text.map { place.appending($0) } ?? place, ref: ref, bytes: bytes)]
        default: return []
        }
    }
}

/// A document of which parts are being fetched, to be opened when it is whole.
package struct WholeFetch: Sendable {
    /// Bytes of all parts of a document that are fetched.
    package static let maximumBytes = 64 << 20

    package let key: SessionKey?
    package let isMessage: Bool
    package private(set) var document: JSON
    /// What is still to be fetched; the first of them is under way.
    package private(set) var parts: [CutPart]
    /// What has come of the first part.
    package private(set) var text = ""
    /// Where its next piece begins.
    package private(set) var next = 0

    package init(_ document: JSON, _ parts: [CutPart], key: SessionKey?, isMessage: Bool) {
        self.document = document
        self.parts = parts
        self.key = key
        self.isMessage = isMessage
    }

    /// Takes a piece in.
    ///
    /// - Returns: whether it is the one that comes next.
    package mutating func take(_ piece: ContentPiece) -> Bool {
        guard let part = parts.first, piece.ref.isExactly(part.ref),
            text.utf8.count + piece.text.utf8.count <= Self.maximumBytes
        else { return false }
        text += piece.text
        if let place = piece.next {
            guard place > next else { return false }
            next = place
            return true
        }
        let value = piece.encoding == .json ? try? JSON(parsing: text, depth: JSON.writtenDepth) : .string(text)
        let patch = JSONPatch([.replace(part.place, value ?? .string(text))])
        document = (try? document.applying(patch)) ?? document
        parts.removeFirst()
        (text, next) = ("", 0)
        return true
    }
}

extension InspectionClient {
    /// A document with the parts that the runtime cut in their places.
    ///
    /// - Throws: `RPCError` for a part that is no longer there, and what ``call(_:_:)`` throws.
    package func whole(_ document: JSON) async throws -> JSON {
        let parts = CutPart.find(in: document)
        var fetch = WholeFetch(document, parts, key: nil, isMessage: false)
        while let part = fetch.parts.first {
            var params = ContentParams()
            (params.ref, params.offset) = (part.ref, fetch.next)
            let piece = try await call(Methods.getContent, params).result
            guard fetch.take(piece) else {
                throw RPCError.failed("content_too_large", "A part of \(part.bytes) bytes cannot be fetched whole.")
            }
        }
        return fetch.document
    }
}
