package import Inspection
package import SessionModel

/// Parameters as inspectors need them.
extension HelloParams {
    package static let current = HelloParams {
        $0.client = "seismo"
        $0.version = .string(Inspection.version)
    }
}

extension HistoryParams {
    /// The first event, to see whether the runtime has the session.
    package static func first(of key: SessionKey) -> HistoryParams {
        HistoryParams(key) { ($0.after, $0.limit) = (0, 1) }
    }
}

extension ExchangesParams {
    package init(_ key: SessionKey) { self.init { ($0.agent, $0.session) = (key.agent, key.session) } }
}

extension ExchangeParams {
    package init(_ id: String) { self.init { $0.exchange = id } }
}

extension ReplayParams {
    package init(_ exchange: String, edits: JSON? = nil, into target: String) {
        self.init { ($0.exchange, $0.edits, $0.into) = (exchange, edits, target) }
    }
}

extension JobsParams {
    package init(_ key: SessionKey) { self.init { ($0.agent, $0.session) = (key.agent, key.session) } }
}

extension JobParams {
    package init(_ key: SessionKey, job: String) {
        self.init { ($0.agent, $0.session, $0.job) = (key.agent, key.session, job) }
    }
}

extension ExportName {
    package init(_ export: String) { self.init { $0.export = export } }
}

extension ImportName {
    package init(_ name: String) { self.init { $0.name = name } }
}

extension ImportPiece {
    package init(_ name: String, _ text: String) { self.init { ($0.name, $0.text) = (name, text) } }
}
