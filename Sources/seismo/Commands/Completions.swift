internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo completions`: what a shell needs to complete commands.
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the completion script of a shell.",
        discussion: """
            bash: source <(seismo completions bash). zsh: seismo completions zsh > _seismo, in a folder of $fpath. fish: seismo completions \
            fish | source. Agents, sessions, hooks and jobs of a running runtime are completed as well.
            """
    )

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let script =
            switch shell {
            case .bash: Seismo.completionScript(for: .bash)
            case .zsh: Seismo.completionScript(for: .zsh)
            case .fish: Seismo.completionScript(for: .fish)
            }
        Interruption.exitAtOnce()
        try Output.write(script + "\n")
    }
}

extension CompletionKind {
    static var sessions: CompletionKind {
        .custom { words, _, prefix in
            await Suggestions(words).ask { asked in
                var query = SessionsQuery(sort: .active, limit: 200)
                let parts = prefix.parted(atFirst: "/")
                query.agent = parts?.before
                query.query = parts.flatMap { $0.behind.isEmpty ? nil : $0.behind }
                let rows = try await asked.client.call(Methods.watchSessions, query).result.rows
                let names = rows.map { "\($0.key.agent)/\($0.key.session)" }
                return (parts == nil ? asked.hello.agents.map { "\($0.id)/" } : []) + names
            }
        }
    }

    static var hooks: CompletionKind {
        .custom { words, _, _ in
            await Suggestions(words).ask { asked in
                asked.hello.agents.flatMap { agent in agent.hooks.map { "\(agent.id)/\($0.name)" } }
            }
        }
    }

    static var jobs: CompletionKind {
        .custom { words, _, _ in
            await Suggestions(words).ask { asked in
                asked.hello.agents.flatMap { agent in [agent.id] + agent.jobs.map(\.job) }
            }
        }
    }

    static var agents: CompletionKind {
        .custom { words, _, _ in await Suggestions(words).ask { asked in asked.hello.agents.map(\.id) } }
    }

    static var exchanges: CompletionKind {
        .custom { words, _, _ in
            await Suggestions(words).ask { asked in
                var params = ExchangesParams()
                params.limit = 50
                return try await asked.client.call(Methods.listHooks, params).result.exchanges.map(\.id)
            }
        }
    }

    static var themes: CompletionKind { .custom { _, _, _ in ThemeLibrary().names } }

    static var profiles: CompletionKind {
        .custom { _, _, _ in InterfaceSettings.read().profiles.keys.sorted() }
    }
}

/// What a running runtime offers to complete. A runtime that does not answer at once offers nothing: a shell waits.
private struct Suggestions {
    private static let patience = Duration.milliseconds(500)

    private let options: ConnectionOptions

    /// - Parameter words: of the command line, which may name another runtime.
    init(_ words: [String]) {
        var options = ConnectionOptions.none
        func value(of name: String) -> String? {
            words.indices.last { words[$0] == name }.flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
                ?? words.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        options.runtime = value(of: "--runtime")
        options.profile = value(of: "--profile")
        options.ca = value(of: "--ca")
        self.options = options
    }

    /// Names with control characters cannot be typed, and are left out.
    func ask(_ find: @escaping @Sendable (Asked) async throws -> [String]) async -> [String] {
        let (runtime, profile, authority) = (options.runtime, options.profile, options.ca)
        let (answers, answer) = AsyncStream.makeStream(of: [String].self)
        // Neither is waited for: after the first answer the program ends.
        Task {
            var names: [String] = []
            try? await ConnectionOptions(runtime, profile, authority).run { asked in names = try await find(asked) }
            answer.yield(names.filter { SafeText($0).string == $0 })
        }
        Task {
            try? await Task.sleep(for: Self.patience)
            answer.yield([])
        }
        for await names in answers { return names }
        return []
    }
}

extension ConnectionOptions {
    static var none: ConnectionOptions { ConnectionOptions(nil, nil, nil) }

    init(_ runtime: String?, _ profile: String?, _ authority: String?) {
        self.init()
        self.runtime = runtime
        self.profile = profile
        ca = authority
    }
}
