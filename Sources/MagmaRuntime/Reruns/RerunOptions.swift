package import Magma
package import SessionModel

/// What is repeated of a session, and under which conditions.
package struct RerunOptions: Sendable {
    /// Where the fork begins; `nil` before anything came from outside.
    package var from: Moment?
    /// The last event of the recording; `nil` for its end.
    package var end: Int?
    /// The agent that is to repeat it; `nil` for the session's own.
    package var agent: String?
    /// The id of the fork, which lasts then; `nil` for a temporary one.
    package var id: String?
    /// The provider of the models; `nil` for what the agent says.
    package var provider: String?
    package var model: String?
    /// Whether jobs are run as well, where they ran.
    package var includesTicks = false
    /// Whether webhooks are not run, but what they changed is repeated.
    package var keepsHooksDry = false
    /// Whether calls of tools are answered from the recording.
    package var usesRecordedTools = false

    package init() {}
}

/// Makes a provider of models by its name, and the name of a model.
package typealias ModelSource = @Sendable (_ provider: String, _ model: String?) throws -> any Provider

extension Runtime {
    /// The model of that provider and name.
    ///
    /// - Throws: ``RuntimeError`` `provider_invalid`.
    func provider(_ name: String, model: String?) throws(RuntimeError) -> any Provider {
        guard let models else {
            throw RuntimeError(.malformed, "provider_invalid", "This runtime chooses no provider by its name.")
        }
        do { return try models(name, model) } catch {
            throw RuntimeError(.malformed, "provider_invalid", "\(error)")
        }
    }
}
