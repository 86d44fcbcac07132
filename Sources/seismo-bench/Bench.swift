internal import ArgumentParser

/// `seismo-bench`: measures, each case beside a floor measured in the same run, and prints one JSON line a case.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seismo-bench",
        abstract: "Measures Seismo beside a floor; for release builds.",
        subcommands: [StoreBench.self, InspectBench.self]
    )
}
