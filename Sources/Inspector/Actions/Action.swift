internal import Inspection
internal import SessionModel
internal import Terminal

/// Something the person can do. One table of these feeds keys, footer, help and palette.
struct Action: Sendable {
    /// Where an action's keys count.
    enum Scope: Sendable, Hashable { case everywhere, sessions, detail, compose }

    /// Stable: what keys are bound to.
    let id: String
    let title: String
    let keys: [Key]
    let scope: Scope
    /// The only tab in which it can be done; `nil` for an action of all.
    let tab: TabID?
    /// The role that it needs; `nil` for none.
    let role: Role?
    /// Whether it changes something in the runtime.
    let changes: Bool
    /// Whether it makes sense while a moment of the past is shown: it is then about that moment, or about another session.
    let worksInPast: Bool
    /// Whether the footer names it.
    let isProminent: Bool
    /// Why it cannot be done now; `nil` when it can.
    let disabledReason: @Sendable (InspectorModel) -> String?
    let run: @Sendable (inout InspectorModel) -> [Effect]

    init(
        _ id: String,
        _ title: String,
        keys: [Key],
        in scope: Scope = .everywhere,
        on tab: TabID? = nil,
        role: Role? = nil,
        worksInPast: Bool = false,
        isProminent: Bool = false,
        unless disabledReason: @escaping @Sendable (InspectorModel) -> String? = { _ in nil },
        run: @escaping @Sendable (inout InspectorModel) -> [Effect]
    ) {
        self.id = id
        self.title = title
        self.keys = keys
        self.scope = scope
        self.tab = tab
        self.role = role
        changes = role.map { $0 > .viewer } ?? false
        self.worksInPast = worksInPast
        self.isProminent = isProminent
        self.disabledReason = disabledReason
        self.run = run
    }
}

extension InspectorModel {
    /// Every action that there is with these tabs.
    var actions: ActionTable { preferences.keymap.actions }

    /// Why an action of another tab cannot be done.
    func worksOn(_ tab: TabID) -> String {
        let place = actions.tabs.firstIndex { $0.id == tab }.map { " (\($0 + 1))" } ?? ""
        return "It works on the \(tab.title) tab\(place)."
    }

    /// Why an action cannot be done now: its role, read-only mode, the link, or its own reason.
    func disabledReason(to action: Action) -> String? {
        if action.changes, setup.isReadOnly { return setup.readOnlyReason ?? "The interface is read-only." }
        if let needed = action.role {
            if !link.isUp { return "The runtime is not connected." }
            if let role, role < needed {
                return "Requires \(needed.rawValue); your token is \(role.rawValue)."
            }
        }
        if action.changes, !action.worksInPast, let problem = TimeTravel.obstacle(self) ?? detail?.gone {
            return problem
        }
        if let tab = action.tab, detail?.tab != tab { return worksOn(tab) }
        return action.disabledReason(self)
    }

    /// Performs the action, or shows why it is disabled.
    mutating func perform(_ action: Action) -> [Effect] {
        if let disabledReason = disabledReason(to: action) {
            notices.say(.refused, "\(action.title): \(disabledReason)", at: now)
            return []
        }
        return action.run(&self)
    }
}
