import MagmaRuntime
import Synchronization
import TestSupport
import Testing

@testable import InspectionServer

@Suite("Prompt requests of one inspector", .timeLimit(.minutes(5)))
struct PromptRequestsTests {
    @Test("go one after another by session, and hold up no others")
    func lines() async {
        let requests = PromptRequests()
        let first = await requests.enter("a")
        let second = await requests.enter("a")
        let other = await requests.enter("b")
        let none = await requests.enter("")
        #expect(first.turn == nil && other.turn == nil && none.turn == nil)
        other.leave()
        none.leave()
        first.leave()
        await second.turn?.value
        #expect(second.turn != nil)
        second.leave()
        let third = await requests.enter("a")
        #expect(third.turn == nil)
        third.leave()
        await requests.finish()
    }

    @Test("go behind what changes their session, which takes no room from them")
    func changing() async {
        let requests = PromptRequests()
        let makers = (0..<PromptRequests.maximum).map { requests.enterToChange("\($0)") }
        let prompt = await requests.enter("3")
        #expect(prompt.turn != nil)
        #expect(requests.end(of: "3") != nil && requests.end(of: "other") == nil)
        for maker in makers { maker.leave() }
        await prompt.turn?.value
        prompt.leave()
        #expect(requests.end(of: "3") == nil)
        await requests.finish()
    }

    @Test("are not read while there are many, and all are waited for at the end")
    func many() async throws {
        let requests = PromptRequests()
        var places: [PromptRequests.Place] = []
        for number in 0..<PromptRequests.maximum { places.append(await requests.enter("\(number)")) }
        let entered = Promise<PromptRequests.Place, Never>()
        let hasEntered = Mutex(false)
        Task {
            let place = await requests.enter("late")
            hasEntered.withLock { $0 = true }
            entered.finish(.success(place))
        }
        let ended = Promise<Void, Never>()
        for _ in 0..<1000 { await Task.yield() }
        #expect(hasEntered.withLock { !$0 })
        places.removeLast().leave()
        let late = await entered.value
        Task {
            await requests.finish()
            ended.finish(.success(()))
        }
        for place in places { place.leave() }
        late.leave()
        await ended.value
    }
}
