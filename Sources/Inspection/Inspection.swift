/// What both ends of the inspection protocol agree on.
package enum Inspection {
    package static let version = "1"
    package static let subprotocol = "magma-inspection.v1"
    package static let path = "/v1/inspect"
    /// The largest message, in bytes.
    package static let maximumMessage = 16 << 20
}
