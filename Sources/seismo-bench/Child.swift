internal import Foundation

/// This program, run once more beside itself.
enum Child {
    /// The path of this program.
    static var program: URL {
        get throws { URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) }
    }

    /// Runs a subcommand, and reads the numbers that it prints.
    static func numbers(_ arguments: [String]) async throws -> [Double] {
        try await output(program.path(percentEncoded: false), arguments).split { $0.isWhitespace }.compactMap {
            Double($0)
        }
    }

    /// What a program prints.
    ///
    /// - Parameter errors: where its messages go.
    static func output(
        _ program: String,
        _ arguments: [String],
        errors: FileHandle = .standardError
    ) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardError = errors
        let output = Pipe()
        process.standardOutput = output
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                guard process.terminationStatus == 0 else {
                    return continuation.resume(throwing: Load.Failed(description: "\(arguments) failed: \(text)"))
                }
                continuation.resume(returning: text)
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}
