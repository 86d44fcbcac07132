public import SessionModel

/// A webhook of an agent.
public struct Hook<A: Agent>: Sendable {
    public let name: String
    public let description: String
    public let session: HookSession
    package let action: Action

    package enum Action: Sendable {
        case onSession(
            setup: @Sendable (HookRequest) -> JSON,
            run: @Sendable (A, HookRequest) async throws -> HookResponse?
        )
        case onAgent(@Sendable (HookRequest) async throws -> HookResponse?)
    }

    /// - Parameters:
    ///   - session: where the request says which session it is for.
    ///   - setup: what a session that the hook creates is set up with.
    ///   - run: `nil` answers `204`; what it throws answers `500`.
    public init(
        _ name: String,
        session: HookSession = .temporary,
        description: String = "",
        setup: @escaping @Sendable (HookRequest) -> JSON = { _ in [:] },
        run: @escaping @Sendable (A, HookRequest) async throws -> HookResponse?
    ) {
        self.init(name: name, description: description, session: session, action: .onSession(setup: setup, run: run))
    }

    /// A static hook: handled without an instance.
    public static func onAgent(
        _ name: String,
        description: String = "",
        run: @escaping @Sendable (HookRequest) async throws -> HookResponse?
    ) -> Hook {
        Hook(name: name, description: description, session: .temporary, action: .onAgent(run))
    }

    private init(name: String, description: String, session: HookSession, action: Action) {
        self.name = name
        self.description = description
        self.session = session
        self.action = action
    }
}

/// Where a hook's request says which session should handle it.
public enum HookSession: Sendable {
    /// A temporary session each time.
    case temporary
    /// A path into the body: object members by name, array items by index, `user.id` or `items.0.owner`.
    case body(String)
    case query(String)
    /// A header's value; names ignore case.
    case headers(String)
    /// Always that session.
    case fixed(String)
    /// What the closure returns; `nil` for a temporary session, thrown for `400`.
    case computed(@Sendable (HookRequest) async throws -> String?)
}
