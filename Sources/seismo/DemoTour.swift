internal import Inspector
internal import Terminal

/// A guided tour: presses keys as a person would, and says what is to be seen. It takes about 90 seconds; any key pauses it.
struct DemoTour: Sendable {
    private enum Step {
        case say(String, seconds: Double)
        case press([Key])
        case type(String)
    }

    /// How fast it goes: 2 is twice as fast.
    let speed: Double

    private static let steps: [Step] = [
        .say("Seismo looks into the sessions of a running agent. At the left: who is there, live.", seconds: 4),
        .press([.down, .down, .down]),
        .say("Each row is one user's session: its age, its messages, what it does right now.", seconds: 4),
        .press([.character("/")]), .type("agent:support"),
        .say("/ filters as you type, by ids, agents, kinds, or fields of the state.", seconds: 4),
        .press([.enter, .character("g")]), .press([.enter, .character("1")]),
        .say("The context: what the model saw, with its tools, times and tokens.", seconds: 5),
        .press([.character("2")]),
        .say("The state, and who changed each field: a message, a tool, a hook, a job.", seconds: 5),
        .press([.character("3")]),
        .say("The hooks that reached it, and why they did.", seconds: 3), .press([.enter]),
        .say("One of them whole: request, response, and what it changed.", seconds: 4),
        .press([.character("e")]),
        .say("The hook lab: edit a part, see whom it would reach, send it, compare.", seconds: 4),
        .press([.tab, .tab, .control("u")]), .type("fork"), .press([.control("s")]),
        .say("Sent into a fork: the original session stays as it was.", seconds: 5),
        .press([.escape, .escape, .character("4")]),
        .say("Jobs: when they run in words and in their time zone, and how the last runs went.", seconds: 5),
        .press([.character("5")]),
        .say("A turn as a waterfall: model, middleware, tools.", seconds: 4), .press([.up, .enter]),
        .say("What each was given, and what it gave.", seconds: 4),
        .press([.character("1"), .character("["), .character("["), .character("["), .character("{")]),
        .say("Back in time: [ and ] step by events, { and } by turns; every tab shows that moment.", seconds: 5),
        .press([.character("2")]), .say("It is history, so it is read-only. A dot comes back.", seconds: 4),
        .press([.character(".")]), .press([.character("S"), .enter]), .press([.character("6")]),
        .say("Snapshots: take, compare, restore, fork, export.", seconds: 5),
        .press([.enter]), .say("What has changed since.", seconds: 4), .press([.escape, .character("1")]),
        .press([.character("i")]), .type("where is my order 1188?"), .press([.enter]),
        .say("And a message of your own, into the session that you look at.", seconds: 6),
        .press([.escape, .character(":")]),
        .say(": finds every action, ? explains every key. That was the tour; q quits.", seconds: 5), .press([.escape]),
    ]

    @MainActor
    func run(_ app: InspectorApp, _ pause: TourPause) async {
        guard await wait(2, pause) else { return }
        for step in Self.steps {
            switch step {
            case .say(let text, let seconds):
                pause.said = text
                app.receive(.caption(text))
                guard await wait(seconds, pause) else { return }
            case .press(let keys):
                for key in keys {
                    app.receive(.input(.key(key)))
                    guard await wait(0.35, pause) else { return }
                }
            case .type(let text):
                for character in text {
                    app.receive(.input(.key(.character(character))))
                    guard await wait(0.06, pause) else { return }
                }
            }
        }
        pause.isOver = true
    }

    /// Whether the tour goes on: after so many seconds, and not while it is paused.
    @MainActor
    private func wait(_ seconds: Double, _ pause: TourPause) async -> Bool {
        var left = Duration.seconds(seconds / speed)
        repeat {
            let piece = min(left, .milliseconds(100))
            do { try await Task.sleep(for: pause.isPaused ? .milliseconds(100) : piece) } catch { return false }
            if !pause.isPaused { left -= piece }
        } while left > .zero || pause.isPaused
        return true
    }
}

/// Stops the tour when a key is pressed, and gives the keys back.
@MainActor
final class TourPause {
    private(set) var isPaused = false
    /// Whether the tour has ended, and all keys are the person's.
    var isOver = false
    /// What the tour said last.
    var said = ""

    /// Takes a key before the interface does: any pauses the tour, and Space lets it go on.
    ///
    /// - Returns: what to say; `nil` when the key is for the interface.
    func take(_ key: Key) -> String? {
        if isOver || key == .control("c") { return nil }
        if !isPaused {
            isPaused = true
            return "Tour paused: Space goes on, other keys work as always."
        }
        guard key == .character(" ") else { return nil }
        isPaused = false
        return said
    }
}
