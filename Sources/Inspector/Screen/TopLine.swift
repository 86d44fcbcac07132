internal import Inspection
internal import SessionModel
internal import Terminal

/// The line above everything: runtime, link, counts, rate, and what is in trouble.
struct TopLine {
    let model: InspectorModel

    private var link: LinkStatus { model.link }
    private var list: SessionList { model.list }
    private var now: Int64 { model.now }
    private var isReadOnly: Bool { model.setup.isReadOnly }

    /// Draws runtime, link, session counts, role, event rate, and at the right what is in trouble and the time. Fields keep
    /// their places while numbers change. Leaves out what does not fit.
    func draw(_ rect: Rect, _ surface: inout Surface) {
        surface.fill(rect, Style(.bar, on: .bar))
        let clock = SafeText(Format.clock(model.runtimeNow, in: model.setup.zone))
        var clockX = rect.maxX - clock.width - 1
        surface.draw(clock, x: clockX, y: rect.y, Style(.faint, on: .bar))
        if link.isUp, let troubled = list.page?.counts.troubled, troubled > 0 {
            let text = SafeText("✕ \(Format.count(troubled))")
            clockX -= text.width + 2
            surface.draw(text, x: clockX, y: rect.y, Style(.bad, on: .bar))
        }
        var x = surface.draw(" seismo ", x: rect.x, y: rect.y, Style(.accent, on: .bar))
        x = surface.draw(linkLine, x: x, y: rect.y, on: .bar, maxX: clockX - 1)
        guard link.isUp else { return }
        let pieces = topPieces(available: clockX - 1 - x)
        for piece in pieces where x + 3 + piece.width < clockX - 1 {
            x = surface.draw("   ", x: x, y: rect.y, Style(.bar, on: .bar))
            x = surface.draw(piece, x: x, y: rect.y, on: .bar, maxX: clockX - 1)
        }
    }

    private var linkLine: StyledLine {
        let name = SafeText(" \(model.setup.profile) ")
        switch link.state {
        case .up:
            var line = StyledLine(name, Style(.bar)).adding("●", Style(.good))
            if let roundTrip = link.roundTrip {
                line.add(SafeText(" \(Format.duration(roundTrip))").filled(to: 8), Style(.faint))
            }
            return line
        case .connecting:
            return StyledLine(name, Style(.bar)).adding("○ connecting", Style(.warning))
        case .down(let reason, let retryAt):
            let again = retryAt > now ? "again in \(Format.countdown(retryAt - now))" : "trying"
            return StyledLine(name, Style(.bar))
                .adding("✕ lost \(Format.age(now - link.since)) ago", Style(.bad))
                .adding(": \(reason); \(again)", Style(.warning))
        }
    }

    private func topPieces(available: Int) -> [StyledLine] {
        var pieces: [StyledLine] = []
        if let role = model.role {
            pieces.append(
                StyledLine(SafeText(isReadOnly ? "read-only" : role.rawValue), Style(isReadOnly ? .warning : .bar))
            )
        }
        if let counts = list.page?.counts {
            let text = sessionCounts(counts)
            let short = Format.count(counts.all, "session")
            pieces.insert(StyledLine(SafeText(text.count + 20 < available ? text : short), Style(.bar)), at: 0)
        }
        if let stats = model.link.stats {
            let rate = SafeText(Format.count(Int(stats.rates.events))).rightAligned(to: 6)
            pieces.append(StyledLine(rate + " ev/s", Style(.faint)))
        }
        if let lag = model.link.stats?.storeLag, lag > 0 {
            pieces.append(StyledLine(SafeText("\(Format.count(lag, "session")) to be stored"), Style(.warning)))
        }
        if let hello = model.link.hello {
            pieces.append(StyledLine(SafeText(hello.agents.map(\.id).joined(separator: ", ")), Style(.faint)))
        }
        return pieces
    }

    private func sessionCounts(_ counts: SessionCounts) -> String {
        var text = "\(Format.count(counts.all, "session")): \(Format.count(counts.awake)) live"
        if counts.asleep > 0 { text += " \(Format.count(counts.asleep)) asleep" }
        if counts.temporary > 0 { text += " \(Format.count(counts.temporary)) temporary" }
        if counts.ended > 0 { text += " \(Format.count(counts.ended)) ended" }
        return text
    }
}
