internal import SessionModel
internal import Terminal

/// A rerun: its steps, and of the selected one how it was recorded beside how it came out.
struct RerunView {
    let model: InspectorModel

    private static let width = 180
    /// Columns from which both sides stand beside each other.
    private static let besideEachOther = 70

    private var size: Size {
        Size(width: min(Self.width, model.screen.size.width - 4), height: model.screen.size.height - 4)
    }

    /// Rows of the selected step's text.
    var detailHeight: Int { max(3, (OverlayView(model: model).overlayRows - 1) / 2) }

    /// The row of the selected step's text that can be the first one shown.
    var lastTop: Int {
        guard let rerun = model.work.rerun, rerun.steps.indices.contains(rerun.selected) else { return 0 }
        let lines = comparison(rerun.steps[rerun.selected], width: max(1, size.width - 4))
        return max(0, lines.count - detailHeight)
    }

    func draw(_ surface: inout Surface) {
        guard let rerun = model.work.rerun else { return }
        let inner = OverlayView(model: model).window(size, title(rerun), &surface)
        var y = inner.y
        func put(_ line: StyledLine, on background: ColorRole? = nil) {
            surface.draw(line.cut(to: inner.width), x: inner.x, y: y, on: background, maxX: inner.maxX)
            y += 1
        }
        let status = status(rerun)
        put(status)
        let height = max(1, inner.height - 2 - detailHeight)
        let top = max(0, min(rerun.selected - height / 2, rerun.steps.count - height))
        for (offset, step) in rerun.steps.dropFirst(top).prefix(height).enumerated() {
            let isSelected = top + offset == rerun.selected
            let row = Rect(x: inner.x, y: y, width: inner.width, height: 1)
            if isSelected { surface.fill(row, Style(.text, on: .selection)) }
            put(self.row(step, isSelected: isSelected, width: inner.width), on: isSelected ? .selection : nil)
        }
        y = inner.y + 1 + height
        put(StyledLine(SafeText("┄") * inner.width, Style(.faint)))
        guard rerun.steps.indices.contains(rerun.selected) else { return }
        let lines = comparison(rerun.steps[rerun.selected], width: inner.width)
        let available = max(0, inner.maxY - y)
        let first = min(rerun.top, max(0, lines.count - available))
        for line in lines.dropFirst(first).prefix(available) { put(line) }
    }

    private func title(_ rerun: Rerunning) -> SafeText {
        let name = SafeText("Rerun of \(rerun.source.agent)/\(rerun.source.session)")
        return name.cut(to: max(12, size.width - 30)) + " ─ Esc closes"
    }

    private func status(_ rerun: Rerunning) -> StyledLine {
        if let error = rerun.error { return StyledLine(SafeText(error), Style(.bad)) }
        let style = Style(rerun.tally.hasDifferences ? .warning : .good)
        return StyledLine(rerun.isOver ? "" : model.spinner + " ", Style(.tool))
            .adding(SafeText(rerun.tally.sentence), style)
    }

    private func row(_ step: RerunStep, isSelected: Bool, width: Int) -> StyledLine {
        var line = StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
            .adding(SafeText("#\(step.seq)").filled(to: 7), Style(.faint))
            .adding(SafeText(step.kindName).filled(to: 5), Style(.accent))
        let verdicts = RerunStep.Aspect.allCases.map { aspect -> (SafeText, Style) in
            guard step.rerun != nil else { return (SafeText("– \(aspect.rawValue)"), Style(.faint)) }
            return step.isSame(aspect)
                ? (SafeText("✓ \(aspect.rawValue)"), Style(.good)) : (SafeText("✕ \(aspect.rawValue)"), Style(.bad))
        }
        let end = verdicts.reduce(0) { $0 + $1.0.width + 2 }
        let available = max(1, width - line.width - end - 1)
        line.add(
            SafeText(step.inputText).cut(to: available).filled(to: available + 1),
            isSelected ? Style(.strong) : .text
        )
        for (text, style) in verdicts { line.add(text + "  ", style) }
        return line
    }

    // MARK: The selected step

    private func comparison(_ step: RerunStep, width: Int) -> [StyledLine] {
        var lines = step.remarks.flatMap { $0.wrapped(to: width) }.map { StyledLine($0, Style(.warning)) }
        if width >= Self.besideEachOther {
            let half = (width - 3) / 2
            let left = side("Recorded", step.recorded, step, isRerun: false, half)
            let right = step.rerun.map { side("Now", $0, step, isRerun: true, half) } ?? []
            for row in 0..<max(left.count, right.count) {
                var line = left.indices.contains(row) ? left[row].cut(to: half) : StyledLine()
                line.fill(to: half)
                line.add(" │ ", Style(.faint))
                if right.indices.contains(row) { line.add(right[row].cut(to: half)) }
                lines.append(line)
            }
        } else {
            lines += side("Recorded", step.recorded, step, isRerun: false, width)
            if let rerun = step.rerun { lines += side("Now", rerun, step, isRerun: true, width) }
        }
        for difference in RerunDifference.all(of: step) {
            for change in difference.changes {
                lines += change.wrapped(to: width).map { StyledLine($0, Style(.changed)) }
            }
        }
        return lines
    }

    private func side(
        _ title: SafeText,
        _ outcome: RerunOutcome,
        _ step: RerunStep,
        isRerun: Bool,
        _ width: Int
    ) -> [StyledLine] {
        let tokens = outcome.usage.input.addingCount(outcome.usage.output)
        let facts = [
            outcome.status, tokens == 0 ? nil : Format.count(tokens, "token"), Format.duration(outcome.duration),
        ]
        var lines = [
            StyledLine(title + "  ", Style(.title))
                .adding(SafeText(facts.compactMap(\.self).joined(separator: " · ")), Style(.faint))
        ]
        func add(_ texts: [SafeText], _ aspect: RerunStep.Aspect) {
            let style = step.isSame(aspect) ? Style.text : Style(isRerun ? .good : .bad)
            lines += texts.flatMap { $0.wrapped(to: width) }.map { StyledLine($0, style) }
        }
        add(outcome.tools.map { SafeText("⚙ \($0.name)(\($0.arguments.text))") }, .tools)
        add((outcome.text ?? outcome.error).map { SafeText.lines($0) } ?? [], .replies)
        return lines
    }
}
