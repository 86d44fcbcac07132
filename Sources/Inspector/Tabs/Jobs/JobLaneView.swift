internal import Foundation
internal import Inspection
internal import SessionModel
internal import Terminal

/// Draws one job: its schedule and countdown, and its last runs.
struct JobLaneView {
    let pane: DetailPane
    let lane: JobStatus
    let isSelected: Bool

    private var background: ColorRole? { isSelected ? pane.selectionColor : nil }

    func draw(y: Int, _ surface: inout Surface) {
        let rect = pane.rect
        let row = Rect(x: rect.x, y: y, width: rect.width, height: 2)
        if isSelected { surface.fill(row, Style(.text, on: background)) }
        drawHead(row, &surface)
        surface.draw(runs.cut(to: rect.width - 2), x: rect.x + 2, y: y + 1, on: background, maxX: rect.maxX)
    }

    private func drawHead(_ row: Rect, _ surface: inout Surface) {
        let now = pane.model.runtimeNow
        let countdown: SafeText =
            lane.paused ? "‖ paused" : next.map { "next in \(Format.countdown($0 - now))" } ?? "never"
        var line = StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
        line.add(SafeText(lane.job), Style(.strong))
        line.add("  \(lane.words)", .text)
        line.add("  \(lane.schedule) · \(lane.timezone)", Style(.faint))
        let available = row.width - countdown.width - 2
        surface.draw(line.cut(to: available), x: row.x, y: row.y, on: background, maxX: row.x + available)
        let style = Style(lane.paused ? .warning : .accent, on: background)
        surface.draw(countdown, x: row.maxX - countdown.width, y: row.y, style, maxX: row.maxX)
    }

    /// When it runs next: told by the runtime, and reckoned from its schedule once that has passed.
    private var next: Int64? {
        let now = pane.model.runtimeNow
        if let next = lane.next, next > now { return next }
        guard let expression = try? CronExpression(lane.schedule), let zone = TimeZone(identifier: lane.timezone) else {
            return lane.next
        }
        return expression.next(after: now, in: zone)
    }

    /// The last runs, the newest at the right: done, failed, missed, running.
    private var runs: StyledLine {
        guard !lane.last.isEmpty else { return StyledLine("has not run yet", Style(.faint)) }
        var line = StyledLine()
        for tick in lane.last.reversed() {
            let (mark, role) = tick.mark
            line.add(mark, Style(role))
        }
        if let tick = lane.last.first, let started = tick.started {
            let took = tick.finished.map { Format.duration(Double($0 - started)) } ?? "running"
            let late = Format.duration(Double(max(0, started - tick.scheduled)))
            line.add(
                "  last \(Format.clock(tick.scheduled, in: pane.model.setup.zone)), \(late) late, \(took)",
                Style(.faint)
            )
        }
        return line
    }
}

extension Tick {
    fileprivate var mark: (SafeText, ColorRole) {
        switch status {
        case .ok: ("✓", .good)
        case .failed, .timeout: ("✗", .bad)
        case .missed: ("‖", .warning)
        case .running: ("●", .tool)
        }
    }
}
