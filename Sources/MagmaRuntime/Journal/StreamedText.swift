internal import Synchronization

/// A text that grows piece by piece, and is looked at now and then: a piece costs no more the longer it is.
package final class StreamedText: Sendable {
    private let buffer = Mutex("")

    package init() {}

    /// The text so far.
    package var text: String { buffer.withLock { $0 } }

    func append(_ piece: String) { buffer.withLock { $0 += piece } }
}
