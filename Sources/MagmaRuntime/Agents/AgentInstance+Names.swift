internal import SessionModel

extension AgentInstance {
    /// Checks that the agent kept all of a state that was written: its dictionaries may treat two names as equal, as Swift's
    /// strings do.
    ///
    /// - Throws: ``RuntimeError`` `state_invalid`, which names the one that was lost.
    func checkNames(of state: JSON.Object) async throws {
        let given = JSON.object(state)
        guard given.hasLookAlikes else { return }
        let kept = try await readState()
        if let name = given.lookAlikes(lostIn: kept).first { throw RuntimeError.notKept(name) }
    }
}

extension JSON {
    /// Whether an object in it has two names that are different bytes and, to Unicode, the same text.
    fileprivate var hasLookAlikes: Bool {
        switch self {
        case .array(let items): items.contains(where: \.hasLookAlikes)
        case .object(let members):
            Set(members.names).count < members.count || members.contains { $0.value.hasLookAlikes }
        default: false
        }
    }

    /// Such names that the other does not have.
    fileprivate func lookAlikes(lostIn kept: JSON?) -> [String] {
        switch self {
        case .array(let items):
            return items.enumerated().flatMap { index, item in
                item.lookAlikes(lostIn: kept?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil })
            }
        case .object(let members):
            let counts = Dictionary(members.names.map { ($0, 1) }, uniquingKeysWith: +)
            return members.flatMap { name, value in
                if counts[name] ?? 0 > 1, kept?[name] == nil { return [name] }
                return value.lookAlikes(lostIn: kept?[name])
            }
        default: return []
        }
    }
}
