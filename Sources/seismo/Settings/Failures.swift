internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionServer
internal import Inspector
internal import MagmaProviders
internal import MagmaRuntime
internal import MagmaServer
internal import NIOCore
internal import SessionModel
internal import Terminal

/// What the exit code says.
enum ExitReason {
    static let other = ExitCode(1)
    static let usage = ExitCode(2)
    static let connection = ExitCode(3)
    static let notAllowed = ExitCode(4)

    /// As a shell tells that a signal ended a program.
    static func signal(_ number: Int32) -> ExitCode { ExitCode(128 + number) }
}

/// The command was not used as it can be.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs `body`; what it throws becomes one sentence on stderr and an exit code.
func exitingWithOneSentence(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as UsageError {
        StandardError.line("seismo: \(error)")
        throw ExitReason.usage
    } catch let error as Providers.Problem {
        StandardError.line("seismo: \(error)")
        throw ExitReason.usage
    } catch let error as TokenFile.Problem {
        StandardError.line("seismo: \(error)")
        throw ExitReason.usage
    } catch let error as RuntimeAddress.Problem {
        StandardError.line("seismo: \(error)")
        throw ExitReason.usage
    } catch let error as RuntimeError where error.kind == .malformed {
        StandardError.line("seismo: \(error)")
        throw ExitReason.usage
    } catch let error as ExitCode {
        throw error
    } catch let error as IOError {
        StandardError.line("seismo: \(sentence(for: error))")
        throw ExitReason.other
    } catch {
        StandardError.line("seismo: \(error)")
        throw ExitReason.other
    }
}

private func sentence(for error: IOError) -> String {
    switch error.errnoCode {
    case EADDRINUSE: "That port is in use by another program; choose another with --port, or 0 for a free one."
    case EACCES: "That port may not be used by this user; choose one above 1023 with --port."
    case EADDRNOTAVAIL: "This machine does not have that address; see --host."
    default: "The system refused: \(String(cString: strerror(error.errnoCode)))."
    }
}
