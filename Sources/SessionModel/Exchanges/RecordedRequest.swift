package struct RecordedRequest: Sendable, Hashable {
    package var method: String
    package var path: String
    package var query: JSON.Object
    package var headers: JSON.Object
    package var body: RecordedBody?

    package init(
        method: String = "POST",
        path: String = "",
        query: JSON.Object = [:],
        headers: JSON.Object = [:],
        body: RecordedBody? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

package struct RecordedResponse: Sendable, Hashable {
    package var status: Int
    package var headers: JSON.Object
    package var body: RecordedBody?

    package init(status: Int, headers: JSON.Object = [:], body: RecordedBody? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A body on the wire: JSON as it is, other text as text, the rest as base64.
package struct RecordedBody: Sendable, Hashable {
    package enum Encoding: String, Sendable, Hashable { case json, text, base64 }

    package var value: JSON
    package var encoding: Encoding

    package init(_ value: JSON, _ encoding: Encoding) {
        self.value = value
        self.encoding = encoding
    }
}
