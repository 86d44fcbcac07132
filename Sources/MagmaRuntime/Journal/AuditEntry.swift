package import Inspection
package import SessionModel

/// Who did what through the inspection protocol.
package struct AuditEntry: Sendable, Hashable {
    /// Counted from 1 by the store; 0 before it is stored.
    package var number = 0
    /// Milliseconds since 1970.
    package var at: Int64
    /// The token's name.
    package var by: String
    package var role: Role
    package var method: String
    package var agent: String?
    package var session: String?
    /// What else tells what was done, such as a job, a snapshot or a path; never a value.
    package var about: String?
    /// The code of the error that it was refused with or failed with; `nil` when it was done.
    package var error: String?

    /// Whether it was refused since the token's role does not do for it. These are kept apart, so that however many there are
    /// they push nothing out that was done.
    package var isRefusal: Bool { error == "forbidden" }

    package init(at: Int64, by: String, role: Role, method: String) {
        self.at = at
        self.by = by
        self.role = role
        self.method = method
    }

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
