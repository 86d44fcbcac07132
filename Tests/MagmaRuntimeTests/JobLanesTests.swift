import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("The jobs of a session")
struct JobLanesTests {
    private func tick(_ job: String, _ scheduled: Int64, _ status: TickStatus = .ok, seq: Int? = nil) -> Tick {
        Tick(job: job, session: "s", scheduled: scheduled, status: status, seq: seq)
    }

    @Test(
        "a run begins unless the job is paused, runs, or ran at that time",
        arguments: [
            ("a", 5, .schedule, .run), ("b", 5, .schedule, .ignore), ("b", 5, .hand, .run),
            ("c", 5, .schedule, .ignore),
            ("c", 5, .hand, .run), ("c", 6, .schedule, .run),
            ("d", 6, .schedule, .miss("The run before it has not finished.")),
            ("d", 6, .hand, .miss("The run before it has not finished.")), ("d", 5, .hand, .ignore),
            ("none", 5, .hand, .ignore),
        ] as [(String, Int64, JobLanes.Trigger, JobLanes.Start)]
    )
    func start(job: String, scheduled: Int64, trigger: JobLanes.Trigger, start: JobLanes.Start) {
        var lanes = JobLanes(["a", "b", "c", "d"], paused: ["b"])
        lanes.remember(tick("c", 5))
        _ = lanes.start("d", scheduled: 5, by: .schedule)
        lanes.remember(tick("d", 5, .running))
        #expect(lanes.start(job, scheduled: scheduled, by: trigger) == start)
        #expect(lanes[job]?.isRunning == (job == "none" ? nil : start == .run || job == "d"))
    }

    @Test("a job runs until it is finished, and is paused until it is resumed")
    func transitions() {
        var lanes = JobLanes(["a", "b"])
        #expect(lanes.start("a", scheduled: 1, by: .schedule) == .run)
        #expect(lanes.isRunning)
        lanes.finish("a")
        #expect(!lanes.isRunning)
        for job in ["b", "a", "none"] { lanes.pause(job) }
        #expect(lanes.paused == ["a", "b"])
        lanes.resume("a", at: 1)
        #expect(lanes.paused == ["b"])
    }

    @Test("the last runs are remembered, newest first, of jobs that the session has")
    func remembered() {
        var lanes = JobLanes(["a"])
        for number in 1...40 { lanes.remember(tick("a", Int64(number))) }
        lanes.remember(tick("none", 1))
        #expect(lanes["a"]?.last.map(\.scheduled) == (25...40).reversed().map { Int64($0) })
        #expect(Set(lanes.last.keys) == ["a"])
        #expect(lanes.isNew("a", scheduled: 41))
        #expect(!lanes.isNew("a", scheduled: 40))
        #expect(!lanes.isNew("none", scheduled: 1))
    }

    @Test("ticks of a time that lies ahead are not the newest ones any more")
    func ahead() {
        var lanes = JobLanes(["a", "b"], ticked: ["b": 90_000])
        for time in [1000, 2000, 90_000] as [Int64] { lanes.remember(tick("a", time)) }
        lanes.forgetTicks(after: 90_000)
        #expect(lanes.ticked == ["a": 90_000, "b": 90_000])
        lanes.forgetTicks(after: 3000)
        #expect(lanes.ticked == ["a": 2000])
        #expect(lanes.start("a", scheduled: 2000, by: .sharedSchedule) == .ignore)
        #expect(lanes.start("a", scheduled: 3000, by: .sharedSchedule) == .run)
        #expect(lanes.start("b", scheduled: 3000, by: .sharedSchedule) == .run)
    }

    @Test("where several processes bring ticks, one that comes late is not run after those that were due later")
    func shared() {
        var lanes = JobLanes(["a"], ticked: ["a": 5])
        #expect(lanes.start("a", scheduled: 4, by: .sharedSchedule) == .ignore)
        #expect(lanes.start("a", scheduled: 5, by: .sharedSchedule) == .ignore)
        #expect(lanes.start("a", scheduled: 7, by: .sharedSchedule) == .run)
        #expect(lanes.start("a", scheduled: 7, by: .sharedSchedule) == .ignore, "it runs")
        #expect(lanes.start("a", scheduled: 6, by: .sharedSchedule) == .ignore)
        #expect(lanes.start("a", scheduled: 8, by: .sharedSchedule) == .miss("The run before it has not finished."))
        lanes.finish("a")
        #expect(lanes.ticked == ["a": 7])
    }

    @Test("runs that a stop interrupted have failed")
    func unfinished() {
        var lanes = JobLanes(["a", "b"])
        lanes.remember(tick("a", 1, .running, seq: 7))
        lanes.remember(tick("b", 2, .ok, seq: 9))
        #expect(lanes.unfinished == [7])
        let failed = lanes.failUnfinished("it stopped")
        #expect(failed.map(\.seq) == [7])
        #expect(failed.map(\.error) == ["it stopped"])
        #expect(lanes["a"]?.last.map(\.self) == failed)
        #expect(lanes.unfinished.isEmpty)
    }
}
