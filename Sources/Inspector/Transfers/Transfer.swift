internal import Inspection
internal import SessionModel

/// A capsule that is being written or read.
struct Transfer: Sendable {
    enum Way: Sendable, Hashable { case export, take }

    let way: Way
    /// The session that is exported, or the id that is wanted for the imported one.
    let session: String
    let path: String
    /// What the runtime calls it; `nil` until it has answered.
    var id: String?
    var events = 0
    /// How many there are; `nil` when nobody knows.
    var total: Int?
    let since: Int64

    /// How far it is, with its rate.
    func words(at now: Int64) -> String {
        let rate = Double(events) * 1000 / Double(max(1, now - since))
        let of = total.map { " of \(Format.count($0))" } ?? ""
        return
            "\(way == .export ? "Exporting" : "Importing") \(path): \(Format.count(events))\(of) events, \(Format.count(Int(rate)))/s"
    }
}

/// Several requests, one after another, of which the person sees how far they are and may stop them.
struct Bulk: Sendable {
    let title: String
    var left: [Step]
    let total: Int
    var failed = 0
    let since: Int64

    /// Sends one of them; its answer sends the next.
    typealias Step = @Sendable (inout InspectorModel) -> Effect

    static func step<Params, Result>(_ method: Method<Params, Result>, _ params: Params) -> Step {
        { model in
            model.request(method, params, refused: { $0.bulkAnswered($1) }, done: { $0.bulkAnswered(nil) })
        }
    }

    init(_ title: String, _ steps: [Step], since: Int64) {
        self.title = title
        left = steps
        total = steps.count
        self.since = since
    }

    var done: Int { total - left.count }

    func words(at now: Int64) -> String {
        let rate = Double(done) * 1000 / Double(max(1, now - since))
        return "\(title): \(done) of \(total)" + (failed > 0 ? ", \(failed) failed" : "")
            + (done > 0 ? ", \(Format.count(Int(rate.rounded())))/s" : "")
    }
}
