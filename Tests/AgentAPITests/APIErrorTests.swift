import MagmaRuntime
import Testing

@testable import AgentAPI

@Suite("Errors of the agent API")
struct APIErrorTests {
    @Test("clients are not told where a store is, or what its engine says", arguments: ["store_full", "store_failed"])
    func stores(code: String) {
        let error = APIError(RuntimeError(.unavailable, code, "The store '/var/x.sqlite' refused (19: UNIQUE …)."))
        #expect(error.code == code)
        #expect(!error.message.contains("/var") && !error.message.contains("UNIQUE"))
    }

    @Test("other refusals of the runtime keep their sentence")
    func others() {
        let refusal = RuntimeError(.unavailable, "session_changed", "The session was deleted; try again.")
        #expect(APIError(refusal).message == refusal.message)
    }
}
