package import SessionModel

extension AuditEntry {
    package var json: JSON {
        .members([
            "number": number > 0 ? .int(number) : nil, "at": .int(Int(at)), "by": .string(by),
            "role": .string(role.rawValue), "method": .string(method), "agent": .from(agent, JSON.string),
            "session": .from(session, JSON.string), "about": .from(about, JSON.string),
            "error": .from(error, JSON.string),
        ])
    }

    package init?(json: JSON) {
        guard let by = json["by"]?.string, let method = json["method"]?.string,
            let role = json["role"]?.word.flatMap(Role.init(rawValue:))
        else { return nil }
        self.init(at: json.time("at") ?? 0, by: by, role: role, method: method)
        number = json.count("number") ?? 0
        agent = json["agent"]?.string
        session = json["session"]?.string
        about = json["about"]?.string
        error = json["error"]?.string
    }
}
