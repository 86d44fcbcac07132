/// What a model's server accepts, where servers and models differ. `nil` means what is known of the model by name, or
/// else what most servers accept.
public struct ModelOptions: Sendable, Hashable {
    /// Whether `temperature` is sent.
    public var temperature: Bool?
    /// Whether `stream_options` is sent, so that streamed answers report their token counts.
    public var streamOptions: Bool?
    /// Whether system messages may occur inside a conversation; otherwise they are sent as the user's.
    public var systemInside: Bool?
    /// Whether two messages of one role may follow each other; otherwise they are merged.
    public var repeatedRoles: Bool?
    /// The name of the limit on an answer's tokens, such as `max_tokens`.
    public var limitName: String?

    public init(
        temperature: Bool? = nil,
        streamOptions: Bool? = nil,
        systemInside: Bool? = nil,
        repeatedRoles: Bool? = nil,
        limitName: String? = nil
    ) {
        self.temperature = temperature
        self.streamOptions = streamOptions
        self.systemInside = systemInside
        self.repeatedRoles = repeatedRoles
        self.limitName = limitName
    }

    /// These options, with those of `others` where they are `nil`.
    package func over(_ others: ModelOptions) -> ModelOptions {
        ModelOptions(
            temperature: temperature ?? others.temperature,
            streamOptions: streamOptions ?? others.streamOptions,
            systemInside: systemInside ?? others.systemInside,
            repeatedRoles: repeatedRoles ?? others.repeatedRoles,
            limitName: limitName ?? others.limitName
        )
    }

    /// Sets one by its name on the command line: `temperature=off`, `stream_options=off`, `system_inside=on`,
    /// `repeated_roles=on`, `limit=max_completion_tokens`.
    ///
    /// - Throws: ``ModelOptionError``, whose text lists the options.
    package mutating func set(_ text: String) throws(ModelOptionError) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard sides.count == 2 else { throw ModelOptionError(text) }
        if sides[0] == "limit" {
            guard ["max_tokens", "max_completion_tokens"].contains(sides[1]) else { throw ModelOptionError(text) }
            limitName = sides[1]
            return
        }
        guard let isOn = ["on": true, "off": false][sides[1]] else { throw ModelOptionError(text) }
        switch sides[0] {
        case "temperature": temperature = isOn
        case "stream_options": streamOptions = isOn
        case "system_inside": systemInside = isOn
        case "repeated_roles": repeatedRoles = isOn
        default: throw ModelOptionError(text)
        }
    }
}

/// An unknown option of a model.
package struct ModelOptionError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ text: String) {
        description =
            "'\(text)' is no option of a model; there are temperature, stream_options, system_inside and repeated_roles, each =on or =off, and limit=max_tokens or limit=max_completion_tokens."
    }
}
