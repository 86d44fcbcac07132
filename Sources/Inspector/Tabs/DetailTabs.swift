internal import SessionModel

/// Which tabs there are, in their order.
enum DetailTabs {
    static let all: [any DetailTab.Type] = [
        ContextTab.self, StateTab.self, HooksTab.self, JobsTab.self, TraceTab.self, SnapshotsTab.self,
    ]
}

/// Which tab: its title.
struct TabID: Sendable, Hashable {
    let title: String

    init(_ title: String) { self.title = title }

    static let context = TabID("Context")
    static let state = TabID("State")
    static let hooks = TabID("Hooks")
    static let jobs = TabID("Jobs")
    static let trace = TabID("Trace")
    static let snapshots = TabID("Snapshots")
}

/// What each tab keeps of the session that is looked into.
struct TabStates: Sendable {
    private(set) var all: [any DetailTab]

    init(_ types: [any DetailTab.Type]) { all = types.map { $0.init() } }

    /// What a tab keeps; of one that there is not, what it would begin with.
    subscript<Tab: DetailTab>(type: Tab.Type) -> Tab {
        get { all.lazy.compactMap { $0 as? Tab }.first ?? Tab() }
        set {
            guard let place = all.firstIndex(where: { $0 is Tab }) else { return }
            all[place] = newValue
        }
    }

    /// The tab of an id, or else the first one.
    subscript(id: TabID) -> any DetailTab { all[place(of: id)] }

    mutating func change(_ id: TabID, _ change: (inout any DetailTab) -> Void) { change(&all[place(of: id)]) }

    /// Changes all of them where they are, without copies.
    mutating func forEach(_ change: (inout any DetailTab) -> Void) {
        for place in all.indices { change(&all[place]) }
    }

    private func place(of id: TabID) -> Int { all.firstIndex { type(of: $0).id == id } ?? 0 }
}

extension SessionDetail {
    var context: ContextTab {
        get { tabs[ContextTab.self] }
        set { tabs[ContextTab.self] = newValue }
    }
    var state: StateTab {
        get { tabs[StateTab.self] }
        set { tabs[StateTab.self] = newValue }
    }
    var hooks: HooksTab {
        get { tabs[HooksTab.self] }
        set { tabs[HooksTab.self] = newValue }
    }
    var jobs: JobsTab {
        get { tabs[JobsTab.self] }
        set { tabs[JobsTab.self] = newValue }
    }
    var trace: TraceTab {
        get { tabs[TraceTab.self] }
        set { tabs[TraceTab.self] = newValue }
    }
    var snapshots: SnapshotsTab {
        get { tabs[SnapshotsTab.self] }
        set { tabs[SnapshotsTab.self] = newValue }
    }
}
