import Foundation
import Inspection
import Logging
import Magma
import MagmaProviders
import SessionModel
import Terminal
import TestSupport
import Testing

@testable import BundledAgents
@testable import InspectionServer
@testable import Inspector
@testable import MagmaRuntime
@testable import MagmaServer

/// A runtime whose answers, notifications and capsules were changed on their way, and a person who goes through all tabs.
@Suite("A runtime or a file that says anything", .timeLimit(.minutes(60)))
struct HostileRuntimeTests {
    private static var runs: Int { max(1, Fuzzer.runs / 100) }

    private static let keys: [Key] =
        [
            .character("1"), .character("2"), .character("3"), .character("4"), .character("5"), .character("6"),
            .enter,
            .escape, .up, .down, .pageUp, .pageDown, .home, .end, .left, .right, .tab,
        ] + "jkvbyoJYeCBSFwKXEDA=[]{}.#/!nN LVuxprz?:".map(Key.character)

    private static func runtime(_ agents: [AgentBlueprint]) async throws -> Runtime {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try await Runtime(
            agents: agents,
            provider: ScriptedProvider(BundledAgents.scripts(pace: .zero)),
            time: ManualTime(),
            log: quiet
        )
    }

    /// A session in which everything has happened that can.
    private static func lived() async throws -> (Runtime, SessionKey) {
        let runtime = try await runtime(BundledAgents.all.map { try AgentBlueprint($0) })
        let agent = try runtime.agent("counter")
        let session = SessionKey(agent: agent.id, session: "ann")
        for text in ["add 1", "add 2"] {
            _ = try await runtime.send([.user(text)], to: SessionPlace(lasting: session), origin: .chat).reply
        }
        _ = try await runtime.handleHook("bump", of: agent, HookRequest(body: .json(["user": ["id": "ann"]])))
        if let tick = agent.job("tick") {
            try await runtime.directory.withSession(session, .ticking) {
                await $0.tick(tick, scheduled: 1_800_000_000_000)
            }
        }
        let me = ChangeAuthor(name: "me", method: "session.fork")
        _ = try await runtime.snapshot(session, name: "s", at: nil, by: me)
        _ = try await runtime.fork(session, at: nil, as: "fork", kind: .lasting, by: me)
        return (runtime, session)
    }

    /// What stands between the two.
    private struct Link {
        let methods: InspectionMethods
        let peer = InspectorState(name: "me", role: .admin)
        /// Percent of what is said that is changed.
        let share: Int
        var mutator: JSONMutator
        var model: InspectorModel
        /// What the model was told of, to be told again in other words.
        var said: [(method: String, params: JSON)] = []

        init(_ runtime: Runtime, seed: UInt64, share: Int) {
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            methods = InspectionMethods(
                runtime: runtime,
                node: "n",
                redaction: Redaction(masks: [.card]),
                log: quiet
            )
            self.share = share
            mutator = JSONMutator(seed)
            let size = mutator.pick([
                Size(width: 80, height: 24), Size(width: 200, height: 60), Size(width: 45, height: 12),
            ])
            model = InspectorModel(profile: "x", size: size, now: 1_800_000_000_000, zone: .gmt)
        }

        mutating func tell(_ message: UpdateMessage) async {
            var waiting = model.update(message)
            var rounds = 0
            while !waiting.isEmpty, rounds < 200 {
                rounds += 1
                guard case .request(let id, let method, let params) = waiting.removeFirst() else { continue }
                waiting += model.update(.link(.answer(id, await answer(method, params), roundTrip: 1)))
            }
            #expect(rounds < 200, "It asks and asks.")
        }

        private mutating func answer(_ method: String, _ params: JSON) async -> Result<JSON, RPCError> {
            guard let known = InspectionMethods.handler(of: method) else {
                return .failure(.failed("none", "none"))
            }
            do {
                var answer = try await known.run(methods, peer, params).result
                if method == "sessions.watch" || method == "sessions.view" { said.append(("sessions.changed", answer)) }
                for event in answer["events"]?.array?.prefix(20) ?? [] {
                    said.append(("session.event", ["attachment": "a1", "event": event]))
                }
                for exchange in answer["exchanges"]?.array ?? [] {
                    said.append(("hooks.changed", ["watch": "h1", "exchanges": [exchange]]))
                }
                if mutator.chance(share) { answer = mutator.mutated(answer) }
                return .success(answer)
            } catch let error as RPCError { return .failure(error) } catch let error as RuntimeError {
                return .failure(RPCError(error))
            } catch { return .failure(.failed("other", "\(error)")) }
        }

        mutating func notify() async {
            guard !said.isEmpty else { return }
            var (method, params) = mutator.pick(said)
            if method == "session.event", var members = params.object {
                members["attachment"] = model.detail?.attachment.name.map(JSON.string)
                params = .object(members)
            }
            if mutator.chance(share) { params = mutator.mutated(params) }
            let name =
                mutator.chance(5) ? mutator.pick(["turn.delta", "session.busy", "export.chunk", "export.end"]) : method
            await tell(.link(.notification(method: name, params: params)))
            said = said.suffix(200)
        }

        /// Whether each row of the picture is as wide as the screen.
        func expectWhole(_ what: String) {
            let surface = model.view()
            for y in 0..<surface.size.height where Width.of(surface.text(row: y)) != surface.size.width {
                Issue.record("row \(y) after \(what)")
            }
            let detail = model.detail
            #expect(detail?.known.events.count ?? 0 <= KnownEvents.remembered)
            #expect(detail?.fold.messages.count ?? 0 <= SessionDetail.rememberedMessages + 2000)
            #expect(model.list.rows.count <= 2000)
        }
    }

    private func go(_ link: inout Link, steps: Int, _ what: String) async {
        await link.tell(.link(.up))
        for step in 0..<steps {
            let key = link.mutator.pick(Self.keys)
            await link.tell(.input(.key(key)))
            if step % 3 == 0 { await link.notify() }
            if step % 11 == 0 { await link.tell(.clock(link.model.now + 700)) }
            link.expectWhole("\(key) at step \(step) of \(what)")
            if step % 40 == 39 {
                await link.tell(.link(.down(reason: "x", since: 1, retryAt: 2)))
                await link.tell(.link(.up))
            }
            await Task.yield()
        }
    }

    @Test("answers and notifications that were changed on their way")
    func answers() async throws {
        for run in 0..<Self.runs {
            let (runtime, _) = try await Self.lived()
            var link = Link(runtime, seed: Fuzzer.seed &+ UInt64(run), share: run % 4 == 0 ? 100 : 30)
            await go(&link, steps: 60, "run \(run)")
        }
    }

    @Test("capsules that were changed: refused with a reason, or shown")
    func capsules() async throws {
        let (origin, session) = try await Self.lived()
        var text = ""
        try await CapsuleExport(session, of: origin).write(clean: { $0 }) { piece, _, _ in text += piece }
        let capsule = try JSON(parsing: text, depth: JSON.writtenDepth)
        var (shown, refused) = (0, 0)
        for run in 0..<(Self.runs * 10) {
            var mutator = JSONMutator(Fuzzer.seed &+ UInt64(run) &* 31)
            let document = mutator.mutated(capsule)
            let runtime = try await Self.runtime([AgentBlueprint(recorded: "counter")])
            let reader = CapsuleImport(runtime, as: nil)
            do {
                _ = try await reader.read(document.text)
                _ = try await reader.finish()
            } catch let error as RuntimeError {
                refused += 1
                #expect(!error.message.isEmpty)
                continue
            }
            shown += 1
            guard shown % 10 == 1 else { continue }
            var link = Link(runtime, seed: UInt64(run), share: 0)
            await go(&link, steps: 25, "capsule \(run)")
        }
        #expect(shown > Self.runs)
        #expect(refused > Self.runs)
    }
}
