internal import Inspection
internal import SessionModel

/// What is to be opened first, as the command line says.
extension InspectorModel {
    /// Why nothing is listed: the runtime does not have the requested agent.
    var unknownAgent: String? {
        guard let wantedAgent, let hello, !hello.agents.contains(where: { $0.id.isExactly(wantedAgent) }) else {
            return nil
        }
        let known = hello.agents.map(\.id).joined(separator: ", ")
        return "There is no agent '\(wantedAgent)'. This runtime has \(known.isEmpty ? "none" : known)."
    }

    /// Asks every agent that may have it for the session that is to be opened first.
    mutating func findWanted() -> [Effect] {
        guard let wantedSession, let hello, unknownAgent == nil else { return [] }
        let agents = wantedAgent.map { [$0] } ?? hello.agents.map(\.id)
        searched = Set(agents.map { SessionKey(agent: $0, session: wantedSession) })
        return agents.map { agent in
            let key = SessionKey(agent: agent, session: wantedSession)
            return request(Methods.history, .first(of: key)) { model, _ in
                model.found(key, false)
            } answered: { model, _ in
                model.found(key, true)
            }
        }
    }

    /// Opens the session where it is; where no agent has it, says so in its place.
    private mutating func found(_ key: SessionKey, _ isThere: Bool) -> [Effect] {
        guard searched.remove(key) != nil, wantedSession?.isExactly(key.session) == true else { return [] }
        guard isThere || searched.isEmpty else { return [] }
        wantedSession = nil
        searched = []
        list.selected = key
        if isThere { return attachSelected() }
        var missing = SessionDetail(key: key, tabs: actions.tabs, tab: lastTab)
        let owner = wantedAgent.map { "The agent '\($0)' has" } ?? "This runtime has"
        missing.problem = "\(owner) no session '\(key.session)'. Select another one on the left."
        detail = missing
        return []
    }
}
