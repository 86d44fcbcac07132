internal import Foundation
public import Magma
public import MagmaProviders

/// The agents that ship, and how a scripted model plays them.
public enum BundledAgents {
    public static let all: [any Agent.Type] = [CounterAgent.self, EchoAgent.self, SupportAgent.self]

    /// By agent id, for ``ScriptedProvider``.
    ///
    /// - Parameter pace: the time between two words of `support`, which streams.
    public static func scripts(pace: Duration = .milliseconds(30)) -> [String: Script] {
        [CounterAgent.id: CounterAgent.script, SupportAgent.id: SupportAgent.script(pace: pace)]
    }

}
