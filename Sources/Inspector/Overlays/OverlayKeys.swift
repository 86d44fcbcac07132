internal import Terminal

/// Keys while something lies over the screen.
enum OverlayKeys {
    static func edit(_ model: inout InspectorModel, _ change: (inout TextInput) -> Void) -> [Effect] {
        switch model.overlay {
        case .help(var help) where help.isTyping:
            change(&help.input)
            model.overlay = .help(help)
        case .palette(var palette):
            change(&palette.input)
            palette.selected = 0
            return PaletteKeys.show(palette, &model)
        case .prompt(var prompt):
            change(&prompt.input)
            model.overlay = .prompt(prompt)
        case .found: return Finding.edit(&model, change)
        default: break
        }
        return []
    }

    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect] {
        switch (model.overlay, key) {
        case (.help(let help), _) where help.isTyping || key == .character("/"): return type(key, in: help, &model)
        case (.palette(let palette), .escape): return PaletteKeys.close(palette, &model)
        case (_, .escape), (.help, .character("q")), (.help, .character("?")), (.log, .character("q")):
            model.overlay = nil
            return []
        case (.prompt(let prompt), .control("c")) where prompt.purpose == .quit: return [.quit]
        case (_, .control("c")): return LongWork.askToQuit(&model)
        case (_, .control("z")): return [.suspend]
        case (.help(var help), _):
            help.top = scrolled(
                help.top,
                key,
                lines: OverlayView(model: model).helpLines(matching: help.input.text).count,
                model
            )
            model.overlay = .help(help)
            return []
        case (.log(let top), _):
            model.overlay = .log(top: scrolled(top, key, lines: OverlayView(model: model).logLines.count, model))
            return []
        case (.found, _): return Finding.press(key, &model)
        case (.rerun, _): return Rerunning.press(key, &model)
        case (.event(let card), _): return EventCards.press(key, card, &model)
        case (.text, .character("q")):
            model.overlay = nil
            return []
        case (.text(var text), _):
            text.top = scrolled(text.top, key, lines: text.lines.count, model)
            model.overlay = .text(text)
            return []
        case (.palette(let palette), _): return PaletteKeys.press(key, in: palette, &model)
        case (.prompt(let prompt), .enter):
            model.overlay = nil
            return Prompts.answer(prompt, &model)
        case (.prompt(let prompt), .character("y")) where prompt.isQuestionOnly:
            model.overlay = nil
            return Prompts.answer(prompt, &model)
        case (.prompt(let prompt), _) where prompt.isQuestionOnly: return []
        default: return edit(&model) { _ = $0.handle(key) }
        }
    }

    private static func type(_ key: Key, in help: Overlay.Help, _ model: inout InspectorModel) -> [Effect] {
        var help = help
        help.top = 0
        switch key {
        case .character("/") where !help.isTyping: help.isTyping = true
        case .enter: help.isTyping = false
        case .escape: help = Overlay.Help()
        default: _ = help.input.handle(key)
        }
        model.overlay = .help(help)
        return []
    }

    private static func scrolled(_ top: Int, _ key: Key, lines: Int, _ model: InspectorModel) -> Int {
        let page = OverlayView(model: model).overlayRows
        let step =
            switch key {
            case .down, .character("j"): 1
            case .up, .character("k"): -1
            case .pageDown, .character(" "): page
            case .pageUp: -page
            case .home, .character("g"): -top
            case .end, .character("G"): 100_000
            default: 0
            }
        return max(0, min(top + step, lines - page))
    }
}
