internal import Foundation
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// The jobs of a session, a lane each: what it is and when it runs next; below it the last runs as marks, and how late
/// they were.
struct JobsTab: DetailTab {
    static let id = TabID.jobs
    static let remembered = 16
    /// Rows of a lane, with the one between it and the next.
    private static let laneRows = 3

    var lanes: [JobStatus] = []
    /// The job's name.
    var selected: String?

    init() {}

    /// The selected job, the first one if none was chosen.
    var current: JobStatus? { lanes.first { $0.job == selected } ?? lanes.first }

    // MARK: Following the session

    mutating func show(_ head: SessionHead) { lanes = head.jobs }

    /// Follows the runs of jobs by their events.
    mutating func apply(_ event: SessionEvent, of session: SessionKey) {
        switch event.body {
        case .tickStarted(let job, let scheduled):
            add(
                Tick(
                    job: job,
                    session: session.session,
                    scheduled: scheduled,
                    started: event.at,
                    status: .running,
                    seq: event.seq
                )
            )
        case .tickMissed(let job, let scheduled, let reason):
            add(
                Tick(
                    job: job,
                    session: session.session,
                    scheduled: scheduled,
                    status: .missed,
                    error: reason,
                    seq: event.seq
                )
            )
        case .tickFinished(let job, let scheduled, let status, _, let error):
            let known = lanes.first { $0.job == job }?.last.contains { $0.scheduled == scheduled } ?? false
            // One that was under way when the session was opened.
            if !known {
                add(
                    Tick(job: job, session: session.session, scheduled: scheduled, status: .running, seq: event.seq)
                )
            }
            change(job) { lane in
                guard let index = lane.last.firstIndex(where: { $0.scheduled == scheduled && $0.status == .running })
                else { return }
                lane.last[index].finished = event.at
                lane.last[index].status = status
                lane.last[index].error = error
            }
        default: break
        }
    }

    private mutating func add(_ tick: Tick) {
        change(tick.job) { lane in
            lane.last.insert(tick, at: 0)
            if lane.last.count > Self.remembered { lane.last.removeLast() }
        }
    }

    private mutating func change(_ job: String, _ change: (inout JobStatus) -> Void) {
        guard let index = lanes.firstIndex(where: { $0.job == job }) else { return }
        change(&lanes[index])
    }

    func past(at seq: Int, _ time: Int64) -> JobsTab {
        var past = self
        for index in lanes.indices { past.lanes[index].last.removeAll { ($0.seq ?? 0) > seq } }
        return past
    }

    static func refresh(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key else { return [] }
        return [
            model.request(Methods.listJobs, JobsParams(key), refused: InspectorModel.ignore) { model, result in
                guard model.detail?.key == key else { return [] }
                model.detail?.jobs.lanes = result.jobs
                return []
            }
        ]
    }

    // MARK: Moving about

    mutating func move(by distance: Int, in pane: DetailPane) {
        guard !lanes.isEmpty else { return }
        let place = lanes.firstIndex { $0.job == selected } ?? 0
        selected = lanes[min(max(0, place + distance), lanes.count - 1)].job
    }

    mutating func select(row: Int, in pane: DetailPane) {
        let place = row / Self.laneRows
        if lanes.indices.contains(place) { selected = lanes[place].job }
    }

    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        guard let seq = model.detail?.shown.jobs.current?.last.first?.seq else { return [] }
        return EventCards.view(seq, &model)
    }

    // MARK: Reading

    func places(in pane: DetailPane) -> [SearchPlace] {
        lanes.map { SearchPlace("\($0.job) \($0.words) \($0.schedule)", item: $0.job) }
    }

    mutating func go(to place: SearchPlace, in pane: DetailPane) { selected = place.item }

    func selection(in pane: DetailPane) -> SelectedThing? {
        current.map { SelectedThing("the job", text: $0.job, json: $0.json) }
    }

    func selectedEvent(in pane: DetailPane) -> Int? { current?.last.first?.seq }

    static func show(_ event: SessionEvent, _ model: inout InspectorModel) -> [Effect]? {
        switch event.body {
        case .tickStarted(let job, _), .tickFinished(let job, _, _, _, _), .tickMissed(let job, _, _):
            model.detail?.jobs.selected = job
            return []
        default: return nil
        }
    }

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        guard !lanes.isEmpty else {
            return pane.draw(sentence: "The agent has no jobs for its sessions.", &surface)
        }
        let rect = pane.rect
        var y = rect.y
        for lane in lanes where y + 2 <= rect.maxY {
            JobLaneView(pane: pane, lane: lane, isSelected: lane.job == current?.job).draw(y: y, &surface)
            y += Self.laneRows
            if let error = lane.last.first(where: { $0.status != .running })?.error, y <= rect.maxY {
                let text = SafeText("  " + error).cut(to: rect.width)
                surface.draw(text, x: rect.x, y: y - 1, Style(.bad), maxX: rect.maxX)
            }
        }
    }

    /// Countdowns run in it.
    func isStill(in pane: DetailPane) -> Bool { false }
}
