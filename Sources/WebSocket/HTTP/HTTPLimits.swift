/// What a client may send in the heads of its requests, and how long it may take.
package struct HTTPLimits: Sendable, Hashable {
    /// Bytes of one header field.
    package var headerField = 16 << 10
    /// Bytes of all header fields of a request.
    package var headers = 64 << 10
    package var headerFields = 200
    /// From the connection to the first request's head.
    package var firstRequest: Duration = .seconds(30)
    /// Above this many connections, a new one has only ``firstRequestInCrowd``, since others wait for its slot.
    package var crowd = Int.max
    package var firstRequestInCrowd: Duration = .seconds(2)
    /// From a request's head to the end of its body.
    package var body: Duration = .seconds(30)
    /// How long a connection may be idle after its first request.
    package var idle: Duration = .seconds(120)

    package init() {}
}
