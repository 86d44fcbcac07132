package import SessionModel

extension AuditEntry {
    /// As databases keep it; its number is the row's.
    package var stored: JSON {
        .members([
            "at": .int(Int(at)), "by": .string(by), "role": .string(role.rawValue), "method": .string(method),
            "agent": .from(agent, JSON.string), "session": .from(session, JSON.string),
            "about": .from(about, JSON.string), "error": .from(error, JSON.string),
        ])
    }

    package init?(stored json: JSON) {
        guard let by = json["by"]?.string, let method = json["method"]?.string,
            let role = json["role"]?.word.flatMap(Role.init(rawValue:))
        else { return nil }
        self.init(at: json.time("at") ?? 0, by: by, role: role, method: method)
        agent = json["agent"]?.string
        session = json["session"]?.string
        about = json["about"]?.string
        error = json["error"]?.string
    }
}

extension StoredResponse {
    package var stored: JSON {
        .members([
            "status": .int(status), "body": body, "session": .from(session, JSON.string),
            "fingerprint": .from(fingerprint, JSON.string),
        ])
    }

    package init?(stored json: JSON) {
        guard let status = json.count("status") else { return nil }
        self.init(status: status, body: json["body"] ?? .null, session: json["session"]?.string)
        fingerprint = json["fingerprint"]?.string
    }
}

extension Snapshot {
    package var stored: JSON { ["name": .string(name), "at": .int(Int(at)), "by": .string(by), "fold": fold.json] }

    package init?(stored json: JSON) {
        guard let name = json["name"]?.string, let fold = json["fold"].flatMap(SessionFold.init(json:)) else {
            return nil
        }
        self.init(name: name, at: json.time("at") ?? 0, by: json["by"]?.string ?? "", fold: fold)
    }
}
