public import ArgumentParser
internal import BundledAgents
internal import Magma
public import MagmaProviders

/// The model of agents that bring none of their own.
struct ModelChoice: ParsableArguments {
    @Option(help: "Model provider.")
    var provider = Providers.Name.scripted

    @Option(help: ArgumentHelp("Which model; for openai and anthropic.", valueName: "name"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "What the model's server takes: temperature, stream_options, system_inside or repeated_roles, each =on or =off, or limit=max_tokens; may be repeated.",
            valueName: "option=value"
        )
    )
    var modelOption: [String] = []

    func validate() throws { _ = try options }

    func provider(_ environment: [String: String]) throws -> any Provider {
        try Providers.provider(
            provider,
            model: model,
            environment,
            options: try options,
            scripts: BundledAgents.scripts()
        )
    }

    /// A model that a rerun asks for by its provider's name.
    func provider(_ name: String, model: String?, _ environment: [String: String]) throws -> any Provider {
        try Providers.provider(
            name,
            model: model,
            environment,
            options: try options,
            scripts: BundledAgents.scripts()
        )
    }

    private var options: ModelOptions {
        get throws {
            var options = ModelOptions()
            for text in modelOption {
                do { try options.set(text) } catch { throw ValidationError("--model-option: \(error)") }
            }
            return options
        }
    }
}

extension Providers.Name: ExpressibleByArgument {}
