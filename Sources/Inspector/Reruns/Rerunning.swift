internal import Inspection
internal import SessionModel
internal import Terminal

/// A rerun, as far as its steps have arrived.
struct Rerunning: Sendable {
    let source: SessionKey
    /// What the runtime calls it; `nil` until it has answered.
    var id: String?
    var fork: SessionKey?
    var steps: [RerunStep] = []
    var tally = RerunTally()
    var error: String?
    var isOver = false
    /// Whether it must be stopped as soon as its id is known.
    var isUnwanted = false
    /// Which step is looked at, and how far its text is scrolled.
    var selected = 0
    var top = 0

    func words(at now: Int64) -> String? {
        isOver ? nil : "Rerunning \(source.session): \(Format.count(steps.count, "step"))"
    }
}

/// Repeating in a fork what came to a session.
extension Rerunning {
    /// Steps that are kept; of more, the oldest goes.
    private static let remembered = 1000

    /// Asks how; where a rerun is under way, shows that one.
    static func ask(_ model: inout InspectorModel) -> [Effect] {
        if model.work.rerun?.isOver == false {
            model.overlay = .rerun
            return []
        }
        guard let detail = model.detail else { return [] }
        let question =
            "Rerun \(detail.key.session) in a temporary fork? Its messages and webhooks come again; tools really run. Options: recorded-tools dry-hooks ticks from=SEQ to=SEQ model=NAME provider=NAME agent=NAME"
        var prompt = Overlay.Prompt(purpose: .rerun(detail.key), question: question)
        if let past = detail.past { prompt.input = TextInput(proposal: "from=\(past.seq)") }
        model.overlay = .prompt(prompt)
        return []
    }

    /// Shows the last one.
    static func show(_ model: inout InspectorModel) -> [Effect] {
        model.overlay = .rerun
        return []
    }

    @Sendable static func isMissing(_ model: InspectorModel) -> String? {
        model.work.rerun == nil ? "No session has been rerun." : nil
    }

    /// - Parameter text: options, as the question lists them.
    static func start(_ key: SessionKey, _ text: String, _ model: inout InspectorModel) -> [Effect] {
        var params = RerunParams(key)
        for option in text.split(separator: " ").map(String.init) {
            guard params.take(option) else {
                // What was typed is not lost.
                _ = ask(&model)
                if case .prompt(var prompt)? = model.overlay {
                    prompt.input = TextInput(proposal: text)
                    model.overlay = .prompt(prompt)
                }
                model.notices.say(.refused, "'\(option)' is not an option of a rerun.", at: model.now)
                return []
            }
        }
        model.work.rerun = Rerunning(source: key)
        model.overlay = .rerun
        return [
            model.request(Methods.rerun, params, waiting: "Making the fork") {
                $0.work.rerun?.error = $1.description
                $0.work.rerun?.isOver = true
                return []
            } answered: {
                // The notifications that follow are of this one.
                $0.work.rerun?.id = $1.rerun
                $0.work.rerun?.fork = $1.fork
                return $0.work.rerun?.isUnwanted == true ? stop(&$0) : []
            }
        ]
    }

    static func took(_ told: RerunStepNotice, _ model: inout InspectorModel) -> [Effect] {
        guard let rerun = model.work.rerun, rerun.id == told.rerun, let step = told.step else { return [] }
        let follows = rerun.selected == rerun.steps.count - 1
        model.work.rerun?.steps.append(step)
        model.work.rerun?.tally.count(step)
        if follows { select(rerun.steps.count, &model) }
        if rerun.steps.count >= remembered {
            model.work.rerun?.steps.removeFirst()
            let selected = model.work.rerun?.selected ?? 0
            model.work.rerun?.selected = max(0, selected - 1)
        }
        return []
    }

    static func ended(_ end: RerunEnd, _ model: inout InspectorModel) -> [Effect] {
        guard model.work.rerun?.id == end.rerun else { return [] }
        model.work.rerun?.isOver = true
        model.work.rerun?.tally = end.tally
        model.work.rerun?.error = end.error?.description
        return []
    }

    /// Ends it here: the runtime is gone, or does not answer.
    static func end(_ model: inout InspectorModel, _ error: String = "The link was lost.") {
        guard model.work.rerun?.isOver == false else { return }
        model.work.rerun?.isOver = true
        model.work.rerun?.error = error
    }

    static func stop(_ model: inout InspectorModel) -> [Effect] {
        guard let rerun = model.work.rerun, !rerun.isOver else { return [] }
        guard let id = rerun.id else {
            if rerun.isUnwanted { end(&model, "It was given up.") }
            model.work.rerun?.isUnwanted = true
            return []
        }
        return [model.close(Methods.stopRerun, RerunName { $0.rerun = id })]
    }

    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect] {
        guard let rerun = model.work.rerun else { return [] }
        let page = max(1, RerunView(model: model).detailHeight - 1)
        switch key {
        case .up, .character("k"): select(rerun.selected - 1, &model)
        case .down, .character("j"): select(rerun.selected + 1, &model)
        case .home, .character("g"): select(0, &model)
        case .end, .character("G"): select(rerun.steps.count - 1, &model)
        case .character("n"): select(rerun.difference(from: rerun.selected, by: 1), &model)
        case .character("N"): select(rerun.difference(from: rerun.selected, by: -1), &model)
        case .pageDown, .character(" "):
            let last = RerunView(model: model).lastTop
            model.work.rerun?.top = min(rerun.top + page, last)
        case .pageUp: model.work.rerun?.top = max(0, rerun.top - page)
        case .enter: return open(\.rerun?.seq, of: rerun.fork, &model)
        case .character("o"): return open(\.recorded.seq, of: rerun.source, &model)
        case .character("x"): return stop(&model)
        case .character("q"): model.overlay = nil
        default: break
        }
        return []
    }

    private static func select(_ step: Int, _ model: inout InspectorModel) {
        let last = max(0, (model.work.rerun?.steps.count ?? 1) - 1)
        model.work.rerun?.selected = max(0, min(step, last))
        model.work.rerun?.top = 0
    }

    /// The next step that differs, or the same one.
    private func difference(from place: Int, by direction: Int) -> Int {
        var next = place + direction
        while steps.indices.contains(next) {
            if RerunStep.Aspect.allCases.contains(where: { !steps[next].isSame($0) }) { return next }
            next += direction
        }
        return place
    }

    /// Opens a session as it was after the selected step.
    private static func open(
        _ seq: (RerunStep) -> Int?,
        of key: SessionKey?,
        _ model: inout InspectorModel
    ) -> [Effect] {
        guard let rerun = model.work.rerun, let key else { return [] }
        let step = rerun.steps.indices.contains(rerun.selected) ? rerun.steps[rerun.selected] : nil
        return Attaching.show(key, at: step.flatMap(seq), on: nil, &model)
    }
}

extension RerunParams {
    /// Takes one option such as `ticks` or `from=12`.
    ///
    /// - Returns: whether it is one.
    mutating func take(_ option: String) -> Bool {
        let sides = option.split(separator: "=", maxSplits: 1).map(String.init)
        guard let name = sides.first else { return false }
        switch (name, sides.count > 1 ? sides[1] : nil) {
        case ("recorded-tools", nil): recordedTools = true
        case ("dry-hooks", nil): dryHooks = true
        case ("ticks", nil): ticks = true
        case ("from", let value?):
            guard let seq = Int(value) else {
                from = .snapshot(value)
                break
            }
            guard NumberRange.count.contains(seq) else { return false }
            from = .seq(seq)
        case ("to", let value?):
            guard let seq = Int(value), NumberRange.count.contains(seq) else { return false }
            end = seq
        case ("model", let value?): model = value
        case ("provider", let value?): provider = value
        case ("agent", let value?): other = value
        default: return false
        }
        return true
    }
}
