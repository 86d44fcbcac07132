internal import Synchronization

/// Which callbacks of an agent's type are the protocol's defaults, so that they need not be called.
///
/// Nothing else tells: an author may write a callback in the actor or in an extension. So a default notes its first call.
package final class DefaultCallbacks: Sendable {
    package struct Callback: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let instructions = Self(rawValue: 1)
        package static let receive = Self(rawValue: 2)
        package static let settings = Self(rawValue: 4)
        package static let onUsage = Self(rawValue: 8)
    }

    private static let types = Mutex<[ObjectIdentifier: DefaultCallbacks]>([:])

    private let noted = Atomic<UInt8>(0)

    private init() {}

    package static func of(_ type: any Agent.Type) -> DefaultCallbacks {
        types.withLock { types in
            let callbacks = types[ObjectIdentifier(type)] ?? DefaultCallbacks()
            types[ObjectIdentifier(type)] = callbacks
            return callbacks
        }
    }

    /// Whether the callback is known to be the default.
    package func contains(_ callback: Callback) -> Bool {
        noted.load(ordering: .relaxed) & callback.rawValue != 0
    }

    func note(_ callback: Callback) { noted.bitwiseOr(callback.rawValue, ordering: .relaxed) }
}
