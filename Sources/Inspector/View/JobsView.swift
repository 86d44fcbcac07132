internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    /// A lane a job: what it is and when it runs next; below it the last runs as marks, and how late they were.
    func drawJobs(_ detail: SessionDetail, _ rect: Rect, _ surface: inout Surface) {
        guard !detail.jobs.lanes.isEmpty else {
            return drawSentence("The agent has no jobs for its sessions.", .faint, rect, &surface)
        }
        var y = rect.y
        for lane in detail.jobs.lanes where y + 2 <= rect.maxY {
            let isSelected = lane.job == detail.jobs.current?.job
            let background: ColorRole? = isSelected ? (focus == .detail ? .selection : .selectionUnfocused) : nil
            let row = Rect(x: rect.x, y: y, width: rect.width, height: 2)
            if isSelected { surface.fill(row, Style(.text, on: background)) }
            drawHead(lane, isSelected, row, background, &surface)
            surface.draw(marks(lane).cut(to: rect.width - 2), x: rect.x + 2, y: y + 1, on: background, maxX: rect.maxX)
            y += 3
            if let error = lane.last.first(where: { $0.status != .running })?.error, y <= rect.maxY {
                surface.draw(
                    SafeText("  " + error).cut(to: rect.width),
                    x: rect.x,
                    y: y - 1,
                    Style(.bad),
                    maxX: rect.maxX
                )
            }
        }
    }

    private func drawHead(
        _ lane: JobStatus,
        _ isSelected: Bool,
        _ row: Rect,
        _ background: ColorRole?,
        _ surface: inout Surface
    ) {
        let countdown: SafeText =
            lane.paused
            ? "‖ paused"
            : JobLanes.next(of: lane, now: runtimeNow).map { "next in \(Format.countdown($0 - runtimeNow))" } ?? "never"
        var line = StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
        line.add(SafeText(lane.job), Style(.strong))
        line.add("  \(lane.words)", .text)
        line.add("  \(lane.schedule) · \(lane.timezone)", Style(.faint))
        let available = row.width - countdown.width - 2
        surface.draw(line.cut(to: available), x: row.x, y: row.y, on: background, maxX: row.x + available)
        let style = Style(lane.paused ? .warning : .accent, on: background)
        surface.draw(countdown, x: row.maxX - countdown.width, y: row.y, style, maxX: row.maxX)
    }

    /// The last runs, the newest at the right: done, failed, missed, running.
    private func marks(_ lane: JobStatus) -> StyledLine {
        guard !lane.last.isEmpty else { return StyledLine("has not run yet", Style(.faint)) }
        var line = StyledLine()
        for tick in lane.last.reversed() {
            let (mark, role) = tick.mark
            line.add(mark, Style(role))
        }
        if let tick = lane.last.first, let started = tick.started {
            let took = tick.finished.map { Format.duration(Double($0 - started)) } ?? "running"
            line.add(
                "  last \(Format.clock(tick.scheduled, in: zone)), \(Format.duration(Double(max(0, started - tick.scheduled)))) late, \(took)",
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
