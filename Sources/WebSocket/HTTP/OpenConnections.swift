internal import NIOCore
internal import Synchronization

/// The connections of a server, so that idle ones can be closed when it begins to stop.
package final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    package init() {}

    /// How many there are.
    var count: Int { channels.withLock(\.count) }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [weak self] _ in self?.channels.withLock { _ = $0.removeValue(forKey: id) } }
    }

    /// Closes connections that are silent or have sent half a request; those with a request that is being answered are
    /// closed after the answer. WebSockets stay.
    package func closeIdle() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }
}
