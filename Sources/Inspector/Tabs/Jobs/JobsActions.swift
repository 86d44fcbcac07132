internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// What can be done with a job.
extension JobsTab {
    static let actions: [Action] = [
        Action(
            "job.run",
            "Run the job now",
            keys: [.character("x")],
            in: .detail,
            on: id,
            role: .operator,
            isProminent: true,
            unless: noJob
        ) {
            run(&$0)
        },
        Action(
            "job.pause",
            "Pause or resume the job",
            keys: [.character("p")],
            in: .detail,
            on: id,
            role: .operator,
            isProminent: true,
            unless: noJob
        ) {
            pause(&$0)
        },
    ]

    @Sendable private static func noJob(_ model: InspectorModel) -> String? {
        model.detail?.jobs.current == nil ? "The session has no jobs." : nil
    }

    private static func run(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let lane = detail.jobs.current else { return [] }
        let params = JobParams(detail.key, job: lane.job)
        return [
            model.act(Methods.runJob, params, waiting: "Starting \(lane.job)", done: "Started the job \(lane.job).")
        ]
    }

    private static func pause(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let lane = detail.jobs.current else { return [] }
        let (method, done) = lane.paused ? (Methods.resumeJob, "Resumed") : (Methods.pauseJob, "Paused")
        let params = JobParams(detail.key, job: lane.job)
        let words = "\(done) the job \(lane.job) of \(detail.key.session)."
        return [model.act(method, params, waiting: "Changing \(lane.job)", done: words)]
    }
}
