public import SessionModel

/// A webhook of an agent.
public struct Hook<A: Agent>: Sendable {
    public let name: String
    public let description: String
    public let session: HookSession
    package let verification: HookVerification?
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
    ///   - verify: how the sender is verified; `nil` accepts everybody.
    ///   - setup: the values with which a session is set up that the hook creates.
    ///   - run: `nil` answers `204`; what it throws answers `500`.
    public init(
        _ name: String,
        session: HookSession = .temporary,
        verify: HookVerification? = nil,
        description: String = "",
        setup: @escaping @Sendable (HookRequest) -> JSON = { _ in [:] },
        run: @escaping @Sendable (A, HookRequest) async throws -> HookResponse?
    ) {
        self.name = name
        self.description = description
        self.session = session
        verification = verify
        action = .onSession(setup: setup, run: run)
    }

    /// A static hook: handled without an instance.
    public static func onAgent(
        _ name: String,
        verify: HookVerification? = nil,
        description: String = "",
        run: @escaping @Sendable (HookRequest) async throws -> HookResponse?
    ) -> Hook {
        Hook(name, verify, description, run)
    }

    private init(
        _ name: String,
        _ verify: HookVerification?,
        _ description: String,
        _ run: @escaping @Sendable (HookRequest) async throws -> HookResponse?
    ) {
        self.name = name
        self.description = description
        session = .temporary
        verification = verify
        action = .onAgent(run)
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
    /// What the closure returns; `nil` means a temporary session, and an error is answered with `400`.
    case computed(@Sendable (HookRequest) async throws -> String?)
}
