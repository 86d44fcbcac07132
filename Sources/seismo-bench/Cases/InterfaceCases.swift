internal import Foundation

/// How the interface feels, measured outside of its process, from the key's byte to the bytes of the screen.
extension Bencher {
    func measureInterface() async throws {
        let cases: Set<BenchCase> = [.firstFrame, .key, .keyBusy, .rest]
        guard !requested.isDisjoint(with: cases) else { return }
        try await inFolder { folder in
            let runtime = try ServedRuntime(in: folder)
            defer { runtime.end() }
            try await runtime.chat("main", turns: 20)
            if requested.contains(.firstFrame) { try measureFirstFrame(runtime) }
            if !requested.isDisjoint(with: [.key, .rest]) { try measureQuiet(runtime) }
            guard requested.contains(.keyBusy) else { return }
            try await runtime.fill(extent.beside)
            try await measureBusy(runtime)
        }
    }

    private func measureFirstFrame(_ runtime: ServedRuntime) throws {
        let times = try (0..<9).map { _ in
            let begin = ContinuousClock.now
            let terminal = try runtime.inspect("--agent", "echo", "--session", "main")
            let time = (try terminal.wait(for: "main") - begin).milliseconds
            terminal.end("q")
            return time
        }
        Report.most(BenchCase.firstFrame.rawValue, times.median, "ms", budget: 25)
    }

    private func measureQuiet(_ runtime: ServedRuntime) throws {
        let terminal = try runtime.inspect("--agent", "echo", "--session", "main")
        _ = try terminal.wait(for: "main")
        terminal.drain(quiet: 500)
        if requested.contains(.key) {
            let times = (0..<extent.keys).map { number in terminal.latency(of: number % 2 == 0 ? "2" : "1") }
            Report.most(BenchCase.key.rawValue, times.median, "ms", budget: 1.8)
        }
        if requested.contains(.rest) { measureRest(terminal) }
        terminal.end("q")
    }

    private func measureRest(_ terminal: PseudoTerminal) {
        terminal.drain(quiet: 200)
        var bytes = 0
        let before = terminal.use
        let end = ContinuousClock.now + .seconds(extent.rest)
        while ContinuousClock.now < end { bytes += terminal.drain(quiet: 200).bytes }
        let after = terminal.use
        let share = (after.seconds - before.seconds) / Double(extent.rest) * 100
        Report.most(BenchCase.rest.rawValue, share, "% of a core", budget: 0.08)
        Report.most("inspect-rest-memory", Double(after.bytes) / 1_048_576, "MB", budget: 40)
        // The clock, and the ages.
        Report.most("inspect-rest-output", Double(bytes) / Double(extent.rest), "bytes/s", budget: 200)
    }

    private func measureBusy(_ runtime: ServedRuntime) async throws {
        let rate = 10_000
        let storm = EventStorm(port: runtime.port, token: try runtime.token, perSecond: rate)
        let storming = Task {
            do { try await storm.run(on: "storm") } catch is CancellationError {} catch {
                FileHandle.standardError.write(Data("seismo-bench: the storm ended: \(error)\n".utf8))
            }
        }
        defer { storming.cancel() }
        try await Task.sleep(for: .seconds(1))
        let terminal = try runtime.inspect("--agent", "echo", "--session", "storm")
        _ = try terminal.wait(for: "storm")
        let keys = extent.keys
        let (begin, before) = (ContinuousClock.now, storm.count)
        let times = try await onThread {
            try (0..<keys).map { _ in
                terminal.drain(quiet: 0)
                let begin = ContinuousClock.now
                terminal.send("?")
                let time = (try terminal.wait(for: "Help") - begin).milliseconds
                terminal.send("q")
                terminal.drain(quiet: 10)
                return time
            }
        }
        let reached = Double(storm.count - before) * 1000 / (ContinuousClock.now - begin).milliseconds
        guard reached > 0.9 * Double(rate) else {
            throw Load.Failed(description: "only \(Int(reached)) events a second were made, not \(rate)")
        }
        Report.most(BenchCase.keyBusy.rawValue, times.percentile(99), "ms", budget: 8)
        terminal.end("q")
    }

    private func onThread<Value: Sendable>(_ work: @escaping () throws -> Value) async throws -> Value {
        // Why unsafe: the closure goes to a thread of its own. The caller waits until that has ended, and uses nothing of it meanwhile.
        nonisolated(unsafe) let work = work
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }
}
