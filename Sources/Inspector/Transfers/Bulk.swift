internal import Inspection
internal import SessionModel

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
            model.request(method, params, refused: { Bulk.answered($1, &$0) }, done: { Bulk.answered(nil, &$0) })
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

extension Bulk {
    static func start(_ bulk: Bulk, _ model: inout InspectorModel) -> [Effect] {
        model.work.bulk = bulk
        return goOn(&model)
    }

    /// Sends the next request; the last answer ends it.
    private static func goOn(_ model: inout InspectorModel) -> [Effect] {
        guard let bulk = model.work.bulk else { return [] }
        guard let next = bulk.left.first else {
            model.work.bulk = nil
            let failed = bulk.failed > 0 ? ", \(bulk.failed) of them failed (:log)" : ""
            model.notices.say(
                bulk.failed > 0 ? .failed : .done,
                "\(bulk.title): \(bulk.total) done\(failed).",
                at: model.now
            )
            _ = Marks.clear(&model)
            return []
        }
        return [next(&model)]
    }

    static func answered(_ error: RPCError?, _ model: inout InspectorModel) -> [Effect] {
        guard model.work.bulk != nil else { return [] }
        model.work.bulk?.left.removeFirst()
        if let error {
            model.work.bulk?.failed += 1
            model.notices.say(.failed, "\(model.work.bulk?.title ?? ""): \(error.description)", at: model.now)
        }
        return goOn(&model)
    }
}
