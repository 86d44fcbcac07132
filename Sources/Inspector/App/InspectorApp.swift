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
    private let palette: Palette
    private let send: @Sendable (Effect) -> Void
    private let clock: @Sendable () -> Int64

    private var lastFrame = ContinuousClock.now - .seconds(1)
    private var drawing: Task<Void, Never>?
    private var waking: (at: Int64, task: Task<Void, Never>)?
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
        send: @escaping @Sendable (Effect) -> Void
    ) {
        self.model = model
        self.screen = screen
        self.palette = palette
        self.clock = clock
        self.send = send
    }

    /// Returns when the person quits.
    package func run() async {
        draw()
        if !isFinished { await withCheckedContinuation { finish = $0 } }
        drawing?.cancel()
        waking?.task.cancel()
    }

    package func quit() {
        isFinished = true
        finish?.resume()
        finish = nil
    }

    package func receive(_ message: UpdateMessage) {
        carryOut(model.update(.clock(clock())))
        carryOut(model.update(message))
        if case .input = message { draw() } else { drawSoon() }
    }

    private func carryOut(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .request: send(effect)
            case .quit: quit()
            case .suspend: screen.suspend()
            }
        }
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
        guard !isFinished else { return }
        let surface = model.view()
        if surface != shown || surface.size != screen.size { screen.present(surface, palette) }
        shown = surface
        lastFrame = .now
        wakeUp(at: model.nextWake)
    }

    /// What changes with time alone is drawn when it does.
    private func wakeUp(at moment: Int64) {
        if let waking, waking.at <= moment, waking.at > clock() { return }
        waking?.task.cancel()
        let wait = max(1, moment - clock())
        waking = (
            moment,
            Task {
                try? await Task.sleep(for: .milliseconds(wait))
                guard !Task.isCancelled else { return }
                waking = nil
                carryOut(model.update(.clock(clock())))
                draw()
            }
        )
    }
}
