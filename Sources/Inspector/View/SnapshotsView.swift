internal import SessionModel
internal import Terminal

extension InspectorModel {
    func drawSnapshots(_ detail: SessionDetail, _ rect: Rect, _ surface: inout Surface) {
        guard detail.snapshots.isLoaded else { return drawSentence(loading(), .faint, rect, &surface) }
        guard !detail.snapshots.rows.isEmpty else {
            return drawSentence(
                "No snapshots yet. S takes one of the moment that is shown; the journal itself can be walked with [ and ].",
                .faint,
                rect,
                &surface
            )
        }
        for (line, row) in detail.snapshots.rows.dropFirst(detail.snapshots.top).prefix(rect.height).enumerated() {
            let place = Rect(x: rect.x, y: rect.y + line, width: rect.width, height: 1)
            let isSelected = row.name == detail.snapshots.current?.name
            let background: ColorRole? = isSelected ? (focus == .detail ? .selection : .selectionUnfocused) : nil
            if isSelected { surface.fill(place, Style(.text, on: background)) }
            var text = StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
            text.add(row.name == detail.snapshots.base ? "= " : "▣ ", Style(.accent))
            text.add(SafeText(row.name).filled(to: min(28, max(10, rect.width / 3))), Style(.strong))
            text.add(" " + SafeText("#\(row.seq)").rightAligned(to: 7), Style(.text))
            text.add("  " + SafeText(Format.clock(row.at, in: zone)), Style(.faint))
            text.add("  " + SafeText("\(row.messages)✉").rightAligned(to: 5), Style(.faint))
            text.add("  " + SafeText(row.by).cut(to: max(1, rect.width - text.width - 2)), Style(.faint))
            surface.draw(text, x: place.x, y: place.y, on: background, maxX: place.maxX)
        }
    }

    /// What is different between two moments.
    func differenceLines(_ json: JSON) -> [StyledLine] {
        let width = min(86, size.width - 8)
        var lines = [StyledLine("State", Style(.title))]
        let steps = (try? json["state"].map(JSONPatch.init(json:)))?.steps ?? []
        lines += steps.isEmpty ? [StyledLine("  the same", Style(.faint))] : steps.map { ExchangeLines.line($0) }
        lines += [StyledLine(), StyledLine("Context", Style(.title))]
        let before = lines.count
        for (name, mark, role) in [
            ("added", "+", ColorRole.good), ("removed", "−", .bad), ("changed", "~", .changed),
        ] as [(String, SafeText, ColorRole)] {
            for message in json[name]?.array?.compactMap({ try? Message(json: $0) }) ?? [] {
                let text = message.text.isEmpty ? message.blocks.map(\.json.text).joined(separator: " ") : message.text
                lines.append(
                    StyledLine("  " + mark + " ", Style(role))
                        .adding(SafeText(message.role.rawValue).filled(to: 10), Style(.faint))
                        .adding(SafeText(text).cut(to: max(1, width - 14)))
                )
            }
        }
        if lines.count == before { lines.append(StyledLine("  the same", Style(.faint))) }
        return lines
    }
}
