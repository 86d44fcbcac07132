/// A job of an agent.
package struct JobKey: Sendable, Hashable {
    @ExactString package var agent: String
    @ExactString package var job: String

    package init(agent: String, job: String) {
        self.agent = agent
        self.job = job
    }
}
