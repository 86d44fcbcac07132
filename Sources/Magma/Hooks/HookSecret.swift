internal import FoundationEssentials
internal import SessionModel

/// A secret that a hook shares with the service that calls it.
public struct HookSecret: Sendable, ExpressibleByStringLiteral {
    private enum Source: Sendable {
        case environment(String)
        case text(String)
    }

    private let source: Source

    /// The value of an environment variable, read for each request; white space around it is removed.
    public static func environment(_ name: String) -> HookSecret { HookSecret(source: .environment(name)) }

    /// The secret itself, such as one that the program has read from elsewhere; not for source code that others see.
    public static func text(_ text: String) -> HookSecret { HookSecret(source: .text(text)) }

    public init(stringLiteral value: String) { source = .text(value) }

    private init(source: Source) { self.source = source }

    /// Its bytes.
    ///
    /// - Throws: ``HookRefusal`` when there is none: a request that cannot be checked is refused.
    func bytes() throws(HookRefusal) -> [UInt8] {
        switch source {
        case .text(let text):
            if text.isEmpty { throw HookRefusal("The hook's secret is empty.", isOwnFault: true) }
            return Array(text.utf8)
        case .environment(let name):
            let bytes = Array((ProcessInfo.processInfo.environment[name] ?? "").trimmed.utf8)
            if bytes.isEmpty {
                throw HookRefusal(
                    "The hook's secret is missing: set the environment variable \(name).",
                    isOwnFault: true
                )
            }
            return bytes
        }
    }
}

/// Why a hook refused a request.
package struct HookRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence for those who inspect the exchange; the sender is told less.
    package let reason: String
    /// Whether the runtime is to blame and not the sender, such as when a secret is not set.
    package let isOwnFault: Bool

    package init(_ reason: String, isOwnFault: Bool = false) {
        self.reason = reason
        self.isOwnFault = isOwnFault
    }

    package var description: String { reason }
}
