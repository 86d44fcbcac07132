import Testing

@testable import MagmaRuntime

@Suite("A session's lifecycle")
struct SessionLifecycleTests {
    private static let error = RuntimeError(.failed, "x", "x")

    @Test(
        "what becomes of someone who comes",
        arguments: [
            (.new, "load", "begin"), (.asleep, "enter", "wake"), (.awake, "enter", "enter"),
            (.changing(Promise()), "wait", "wait"), (.ended, "enter", "refuse ended"),
            (.gone, "refuse gone", "refuse gone"), (.failed(error), "refuse x", "refuse x"),
        ] as [(SessionLifecycle, String, String)]
    )
    func steps(lifecycle: SessionLifecycle, toRead: String, toBeAwake: String) {
        #expect(words(lifecycle.step(to: .read)) == toRead)
        #expect(words(lifecycle.step(to: .awake)) == toBeAwake)
    }

    private func words(_ step: SessionLifecycle.Step) -> String {
        switch step {
        case .enter: "enter"
        case .wait: "wait"
        case .load: "load"
        case .begin: "begin"
        case .wake: "wake"
        case .refuse(.ended): "refuse ended"
        case .refuse(.gone): "refuse gone"
        case .refuse(.failed(let error)): "refuse \(error.code)"
        }
    }

    @Test("those who wait for a change ask again when it is over, also when it failed")
    func waiting() async {
        for fails in [false, true] {
            var lifecycle = SessionLifecycle.asleep
            lifecycle.beginChange()
            guard case .wait(let promise) = lifecycle.step(to: .awake) else { Issue.record("not waiting"); continue }
            if fails { lifecycle.fail(Self.error) } else { lifecycle.settle(.awake) }
            await promise.value
            #expect(lifecycle.isAwake == !fails)
            #expect(lifecycle.hasFailed == fails)
        }
    }

    @Test("a change that comes to its end after the session was let go changes nothing")
    func late() {
        var lifecycle = SessionLifecycle.awake
        lifecycle.beginChange()
        lifecycle.fail(Self.error)
        lifecycle.settle(.awake)
        #expect(lifecycle.hasFailed)
    }
}
