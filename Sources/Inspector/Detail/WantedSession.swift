internal import Inspection
internal import InspectionClient
internal import SessionModel

/// What is to be opened first, as the command line says.
enum WantedSession {
    /// Why nothing is listed: the runtime does not have the requested agent.
    static func unknownAgent(_ model: InspectorModel) -> String? {
        guard let wantedAgent = model.setup.agent, let hello = model.link.hello,
            !hello.agents.contains(where: { $0.id.isExactly(wantedAgent) })
        else {
            return nil
        }
        let known = hello.agents.map(\.id).joined(separator: ", ")
        return "There is no agent '\(wantedAgent)'. This runtime has \(known.isEmpty ? "none" : known)."
    }

    /// Asks every agent that may have it for the session that is to be opened first.
    static func find(_ model: inout InspectorModel) -> [Effect] {
        guard let wantedSession = model.setup.session, let hello = model.link.hello, unknownAgent(model) == nil else {
            return []
        }
        let agents = model.setup.agent.map { [$0] } ?? hello.agents.map(\.id)
        model.setup.searched = Set(agents.map { SessionKey(agent: $0, session: wantedSession) })
        return agents.map { agent in
            let key = SessionKey(agent: agent, session: wantedSession)
            return model.request(Methods.history, .first(of: key)) { model, _ in
                found(key, false, &model)
            } answered: { model, _ in
                found(key, true, &model)
            }
        }
    }

    /// Opens the session where it is; where no agent has it, says so in its place.
    private static func found(_ key: SessionKey, _ isThere: Bool, _ model: inout InspectorModel) -> [Effect] {
        guard model.setup.searched.remove(key) != nil, model.setup.session?.isExactly(key.session) == true else {
            return []
        }
        guard isThere || model.setup.searched.isEmpty else { return [] }
        model.setup.session = nil
        model.setup.searched = []
        model.list.selected = key
        if isThere { return Attaching.attachSelected(&model) }
        var missing = SessionDetail(key: key, tabs: model.actions.tabs, tab: model.preferences.lastTab)
        let owner = model.setup.agent.map { "The agent '\($0)' has" } ?? "This runtime has"
        missing.attachment.problem = "\(owner) no session '\(key.session)'. Select another one on the left."
        model.detail = missing
        return []
    }
}
