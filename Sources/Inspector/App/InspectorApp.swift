internal import Dispatch
internal import Foundation
package import Terminal

/// The loop: messages go into the model, effects to the link and the screen, and what is dirty is drawn.
///
/// Keys are drawn at once. What comes from the runtime is drawn at most sixty times a second, and nothing is drawn when
/// nothing changed.
@MainActor
package final class InspectorApp {
    private static let frame = Duration.milliseconds(16)

    private var model: InspectorModel
    private let screen: any Screen
    private let send: @Sendable (Effect) -> Void
    private let clock: @Sendable () -> Int64
    private let onTheme: @MainActor (ThemeChoice) -> Void
    private let files = Files()

    private var lastFrame = ContinuousClock.now - .seconds(1)
    private var drawing: Task<Void, Never>?
    private var waking: (at: Int64, work: DispatchWorkItem)?
    private var shown: Surface?
    private var finish: CheckedContinuation<Void, Never>?
    private var isFinished = false

    /// - Parameters:
    ///   - send: carries out requests.
    ///   - clock: wall-clock milliseconds since 1970.
    package init(
        model: InspectorModel,
        screen: any Screen,
        palette: Palette,
        clock: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) },
        onTheme: @escaping @MainActor (ThemeChoice) -> Void = { _ in },
        send: @escaping @Sendable (Effect) -> Void
    ) {
        self.model = model
        self.model.screen.palette = palette
        self.onTheme = onTheme
        self.screen = screen
        self.clock = clock
        self.send = send
    }

    /// Returns when the person quits.
    package func run() async {
        draw()
        if !isFinished { await withCheckedContinuation { finish = $0 } }
        drawing?.cancel()
        waking?.work.cancel()
    }

    package func quit() {
        isFinished = true
        finish?.resume()
        finish = nil
    }

    /// How the person has arranged the screen, to be remembered.
    package var arrangement: Arrangement { model.preferences.arrangement }

    /// Shows everything in other colours.
    package func show(_ palette: Palette) {
        model.screen.palette = palette
        shown = nil
        draw()
    }

    package func receive(_ message: UpdateMessage) {
        // The clock draws them with the second that comes.
        let isForLater = model.isNumbers(message)
        carryOut(model.update(.clock(clock())))
        carryOut(model.update(message))
        if case .input = message { draw() } else if !isForLater { drawSoon() }
    }

    private func carryOut(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .request: send(effect)
            case .quit: quit()
            case .suspend: screen.suspend()
            case .redraw: screen.redraw()
            case .copy(let text): screen.copy(text)
            case .page(let text): page(text)
            case .edit(let text, let suffix): edit(text, suffix)
            case .file(let work):
                if let answer = files.carryOut(work) { later(.file(answer)) }
            case .theme(let choice): onTheme(choice)
            }
        }
    }

    /// Delivers a follow-up message after the current update.
    private func later(_ message: UpdateMessage) { Task { receive(message) } }

    /// Gives the terminal to the person's editor, with the text in a file.
    private func edit(_ text: String, _ suffix: String) {
        let environment = ProcessInfo.processInfo.environment
        guard
            let editor = [environment["VISUAL"], environment["EDITOR"]].compactMap({ $0 }).first(where: { !$0.isEmpty })
        else { return later(.edited(.failure(EditorFailure("No editor is set. Set VISUAL or EDITOR.")))) }
        guard let file = temporaryFile(text, suffix) else {
            return later(.edited(.failure(EditorFailure("The text could not be written to a file."))))
        }
        defer { try? FileManager.default.removeItem(at: file) }
        let code = screen.run("\(editor) '\(file.path)'")
        guard code == 0, let edited = try? String(contentsOf: file, encoding: .utf8) else {
            return later(.edited(.failure(EditorFailure("'\(editor)' exited with \(code); the text is unchanged."))))
        }
        later(.edited(.success(edited)))
    }

    /// Gives the terminal to a pager, with the text in a file.
    private func page(_ text: String) {
        let pager = ProcessInfo.processInfo.environment["PAGER"].flatMap { $0.isEmpty ? nil : $0 } ?? "less"
        guard let file = temporaryFile(text, "txt") else {
            return later(.problem("The text could not be written to a file for '\(pager)'."))
        }
        defer { try? FileManager.default.removeItem(at: file) }
        let code = screen.run("\(pager) '\(file.path)'")
        if code != 0 { later(.problem("'\(pager)' exited with \(code). Set PAGER to another pager.")) }
    }

    /// A file that only this person may read.
    private func temporaryFile(_ text: String, _ suffix: String) -> URL? {
        let file = FileManager.default.temporaryDirectory.appending(path: "seismo-\(UUID().uuidString).\(suffix)")
        let isMade = FileManager.default.createFile(
            atPath: file.path,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        return isMade ? file : nil
    }

    private func drawSoon() {
        guard drawing == nil else { return }
        let wait = Self.frame - (ContinuousClock.now - lastFrame)
        drawing = Task {
            if wait > .zero { try? await Task.sleep(for: wait) }
            guard !Task.isCancelled else { return }
            draw()
        }
    }

    private func draw() {
        drawing?.cancel()
        drawing = nil
        if !isFinished { draw(model.view()) }
    }

    private func draw(_ surface: Surface) {
        guard !isFinished else { return }
        if surface != shown || surface.size != screen.size { screen.present(surface, model.screen.palette) }
        shown = surface
        // The frame limit starts once the first data has filled the screen.
        if model.isFilled { lastFrame = .now }
        wakeUp(at: model.nextWake)
    }

    /// Schedules the next redraw of content that changes with time alone.
    private func wakeUp(at moment: Int64) {
        if let waking, waking.at <= moment, waking.at > clock() { return }
        waking?.work.cancel()
        let work = DispatchWorkItem { [weak self] in MainActor.assumeIsolated { self?.wake() } }
        waking = (moment, work)
        DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(Int(max(1, moment - clock()))), execute: work)
    }

    private func wake() {
        waking = nil
        carryOut(model.update(.clock(clock())))
        if drawing == nil, let shown, let surface = model.view(after: shown) { draw(surface) } else { draw() }
    }
}
