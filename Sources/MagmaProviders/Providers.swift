public import Magma

/// Models by the name of their provider, with keys and addresses from the environment.
public enum Providers {
    public enum Name: String, Sendable, CaseIterable {
        case scripted, openai, anthropic
    }

    /// The settings do not describe a usable model.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - model: the model's name; needed by all but `scripted`.
    ///   - options: what the model's server accepts, where that differs from what is known.
    ///   - environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`.
    ///   - scripts: what `scripted` answers, by agent.
    /// - Throws: ``Problem``.
    public static func provider(
        _ name: Name,
        model: String?,
        _ environment: [String: String],
        options: ModelOptions = ModelOptions(),
        scripts: [String: Script] = [:]
    ) throws -> any Provider {
        switch name {
        case .scripted:
            if let model {
                throw Problem(description: "The scripted provider has no model '\(model)'; leave --model out.")
            }
            return ScriptedProvider(scripts)
        case .openai:
            let place = try Place("OPENAI", name, model, environment, default: OpenAIProvider.defaultBaseURL)
            return OpenAIProvider(model: place.model, key: place.key, baseURL: place.base, options: options)
        case .anthropic:
            let place = try Place("ANTHROPIC", name, model, environment, default: AnthropicProvider.defaultBaseURL)
            return AnthropicProvider(model: place.model, key: place.key, baseURL: place.base, options: options)
        }
    }

    /// The same for a name that was given in text.
    ///
    /// - Throws: ``Problem``, also for an unknown name.
    package static func provider(
        _ name: String,
        model: String?,
        _ environment: [String: String],
        options: ModelOptions = ModelOptions(),
        scripts: [String: Script] = [:]
    ) throws -> any Provider {
        guard let known = Name(rawValue: name) else {
            let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(description: "There is no provider '\(name.prefix(bytes: 40))'; there are \(names).")
        }
        return try provider(known, model: model, environment, options: options, scripts: scripts)
    }

    /// A model, its address and its key.
    private struct Place {
        let model: String
        let key: String?
        let base: String

        init(
            _ prefix: String,
            _ name: Name,
            _ model: String?,
            _ environment: [String: String],
            default fallback: String
        ) throws {
            guard let model, !model.isEmpty else {
                throw Problem(
                    description: "The provider \(name.rawValue) needs a model; name it with --model."
                )
            }
            func value(_ name: String) -> String? { environment["\(prefix)_\(name)"].flatMap { $0.isEmpty ? nil : $0 } }
            self.model = model
            key = value("API_KEY")
            base = value("BASE_URL") ?? fallback
            guard base.isWebAddress else {
                throw Problem(description: "\(prefix)_BASE_URL is '\(base)'; it must begin with http:// or https://.")
            }
            guard key != nil || base != fallback else {
                throw Problem(
                    description:
                        "Set \(prefix)_API_KEY to a key for \(base), or \(prefix)_BASE_URL to a server that needs none."
                )
            }
        }
    }
}
