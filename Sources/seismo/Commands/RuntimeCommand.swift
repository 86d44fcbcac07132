internal import ArgumentParser

/// A command that asks a runtime and writes what it found.
protocol RuntimeCommand: AsyncParsableCommand {
    associatedtype Source: RuntimeSource

    var source: Source { get }
    var output: OutputOptions { get }

    func run(_ asked: Asked, _ output: Output) async throws
}

extension RuntimeCommand {
    func run() async throws {
        try await exitingWithOneSentence {
            let output = Output(output)
            try await source.run { asked in try await run(asked, output) }
        }
    }
}

/// The runtime that is asked, or a capsule in its place.
protocol RuntimeSource {
    /// Connects, says hello, and gives `body` the runtime.
    func run(_ body: (Asked) async throws -> Void) async throws
}

extension ConnectionOptions: RuntimeSource {}
extension SourceOptions: RuntimeSource {}
