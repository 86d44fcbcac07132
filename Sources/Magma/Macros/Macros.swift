public import SessionModel

/// Makes an actor an agent: its stored `var`s are the state, and its marked functions are what it offers.
///
/// - Parameters:
///   - id: lower-case letters, digits and hyphens; by default the type's name without `Agent`.
///   - policy: what happens to a message that arrives while a turn runs.
///   - messageContext: how many of the last messages go to the model.
///   - provider: the model; by default the runtime's.
///   - utilities: types with tools, hooks, jobs and middleware that this agent shares with others.
@attached(extension, conformances: Agent)
@attached(member, names: named(init), named(definition), named(id))
public macro Agent(
    id: String? = nil,
    policy: TurnPolicy = .interrupt,
    messageContext: Int = 20,
    provider: (any Provider)? = nil,
    utilities: [any Utilities.Type] = []
) = #externalMacro(module: "MagmaMacros", type: "AgentMacro")

/// Lets agents share a struct's marked functions: `@Agent(utilities: [Weather.self])`.
///
/// A struct of utilities has no state of its own; its handlers reach the session by ``Utilities/session``.
@attached(extension, conformances: Utilities)
@attached(member, names: named(init), named(parts))
public macro Utilities() = #externalMacro(module: "MagmaMacros", type: "UtilitiesMacro")

/// Lets a model call a function of an agent. Its parameters become the schema, described by `- Parameter` lines of its
/// comment; what it returns goes back as JSON, and what it throws as an error that the model can act on.
///
/// - Parameters:
///   - description: what it does; by default the comment's text before its parameters.
///   - name: by default the function's name in `snake_case`.
///   - enabled: decides for each session: the name of a property of type `Bool`, such as `"isOpen"`, or a closure such as
///     `{ (agent: ShopAgent) in await agent.isOpen }`.
@attached(peer)
public macro Tool(_ description: String? = nil, name: String? = nil, enabled: Any? = nil) =
    #externalMacro(module: "MagmaMacros", type: "ToolMacro")

/// Calls a function when the agent's webhook of that name is called; a `static` one without an instance.
///
/// - Parameters:
///   - session: where the request says which session it is for.
///   - verify: how to check the sender: `.stripe(secret: .environment("STRIPE_SECRET"))`, likewise `.github`, `.slack`,
///     `.shopify`, `.twilio`, `.hmacSHA256(header:secret:)` and `.secret(header:secret:)`.
///   - description: shown in the inspector.
///   - setup: the values with which a session is set up that the hook creates.
@attached(peer)
public macro Hook(
    _ name: String,
    session: HookSession = .temporary,
    verify: HookVerification? = nil,
    description: String = "",
    setup: (HookRequest) -> JSON = { _ in [:] }
) = #externalMacro(module: "MagmaMacros", type: "HookMacro")

/// Runs a function on a cron schedule: on every session, or once per agent when it is `static`.
///
/// - Parameters:
///   - schedule: a cron expression of five fields, or six with seconds first; checked at compile time.
///   - timezone: an IANA name; GMT by default.
///   - missed: what happens to ticks that were due while the runtime was down.
///   - name: by default the function's name in `kebab-case`.
@attached(peer)
public macro Job(_ schedule: String, timezone: String? = nil, missed: MissedTicks = .skip, name: String? = nil) =
    #externalMacro(module: "MagmaMacros", type: "JobMacro")

/// Puts a function between the user, the model and the tools.
///
/// - Parameters:
///   - critical: whether the turn fails if the function still throws at the fifth try.
///   - name: by default the function's name in `kebab-case`.
@attached(peer)
public macro Middleware(_ trigger: MiddlewareTrigger, critical: Bool = true, name: String? = nil) =
    #externalMacro(module: "MagmaMacros", type: "MiddlewareMacro")

/// Leaves a stored property out of the state.
@attached(peer)
public macro Transient() = #externalMacro(module: "MagmaMacros", type: "TransientMacro")
