internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import SessionModel

/// The methods of the inspection protocol, and what they need.
struct InspectionMethods: Sendable {
    let runtime: Runtime
    /// What this process is called, and how others on the same store are asked.
    private let place: (name: String, owners: OwnerCalls?)
    let inspectors = InspectorCount()
    let redaction: Redaction
    let pages: EventPages
    let reads: ExpensiveReads
    /// The same for exchanges and contents, each of which may be as large as a body.
    let bodies: ExpensiveReads
    /// The same for sessions that are attached to.
    let heads: ExpensiveReads
    let exports = WorkSlots.exports()
    let reruns = WorkSlots.reruns()
    let contents = RecentContents()
    let others: OtherNodes
    let log: Logger

    init(runtime: Runtime, node: String, access: NodeAccess? = nil, redaction: Redaction, log: Logger) {
        self.runtime = runtime
        place = (node, access.map { OwnerCalls(access: $0, runtime: runtime) })
        others = OtherNodes(place.owners)
        self.redaction = redaction
        reads = ExpensiveReads(time: runtime.time)
        bodies = ExpensiveReads(time: runtime.time)
        heads = ExpensiveReads(time: runtime.time)
        pages = EventPages(runtime: runtime, redaction: redaction)
        self.log = log
    }

    private static let families: [any MethodFamily.Type] = [
        RuntimeMethods.self, ListMethods.self, SearchMethods.self, SessionMethods.self, PastMethods.self,
        ContentMethods.self,
        ChangeMethods.self, CapsuleMethods.self, RerunMethods.self, HookMethods.self, AuditMethods.self,
        JobMethods.self,
    ]

    /// What carries out each method.
    static let handlers = Dictionary(
        uniqueKeysWithValues: families.flatMap { $0.handlers }.map { (ExactString($0.method.name), $0) }
    )

    /// What carries out the method of that name.
    static func handler(of name: String) -> MethodHandler? {
        name.utf8.count <= 64 ? handlers[ExactString(name)] : nil
    }

    var node: String { runtime.nodeName ?? place.name }

    /// `nil` where no other process uses the store.
    var owners: OwnerCalls? { place.owners }

    var bounds: AnswerBounds { AnswerBounds(redaction: redaction) }

    /// The session that a method is about; the runtime says whether it is there.
    func key(_ params: some SessionParams) throws -> SessionKey {
        SessionKey(agent: try runtime.agentID(params.agent), session: params.session)
    }

    /// The same, where it may be left out.
    func key(_ agent: AgentBlueprint, _ session: String?) -> SessionKey? {
        session.map { SessionKey(agent: agent.id, session: $0) }
    }

    /// Who does something, as journals name them.
    func author<Params, Result>(
        _ peer: InspectorState,
        _ method: Method<Params, Result>,
        _ object: String? = nil
    ) -> ChangeAuthor {
        ChangeAuthor(name: peer.name, method: object.map { "\(method.name) \($0)" } ?? method.name)
    }

    /// Which session it is, and how it is listed now.
    func result(_ key: SessionKey, seq: Int? = nil) async throws -> SessionResult {
        SessionResult(key: key, summary: try await runtime.summary(key), seq: seq)
    }
}
