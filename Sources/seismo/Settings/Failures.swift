internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
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
    static let notFound = ExitCode(5)
    /// Stale, busy, there already, superseded.
    static let conflict = ExitCode(6)
    static let interrupted = ExitCode(130)

    /// As a shell tells that a signal ended a program.
    static func signal(_ number: Int32) -> ExitCode { ExitCode(128 + number) }
}

/// The command was not used as it can be.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What ends a command: one sentence, and the exit code that goes with it.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    let code: ExitCode

    init(_ description: String, _ code: ExitCode = ExitReason.other) {
        self.description = description
        self.code = code
    }

    static func notFound(_ description: String) -> CommandFailure {
        CommandFailure(description, ExitReason.notFound)
    }

    /// A refusal of the runtime.
    init(_ error: RPCError) {
        let code =
            switch error.number {
            // A moment that the session does not have.
            case _ where ["seq_unknown", "seq_forgotten"].contains(error.code): ExitReason.notFound
            // As many of its kind as there may be are under way.
            case _ where ["reruns_full", "exports_full", "too_many_open", "too_many_requests"].contains(error.code):
                ExitReason.conflict
            case -32602: ExitReason.usage
            case -32003: ExitReason.notAllowed
            case -32004: ExitReason.notFound
            case -32009: ExitReason.conflict
            default: ExitReason.other
            }
        self.init(error.description, code)
    }
}

extension CommandFailure {
    /// A filter that is wrong, with the place underlined.
    static func underlined(_ error: RPCError, in filter: String) -> [SafeText] {
        guard let position = error.position else { return [] }
        let before = SafeText(String(filter.prefix(position)))
        let term = SafeText(String(filter.dropFirst(position).prefix { !$0.isWhitespace }))
        return [
            "  " + SafeText(filter), "  " + " " * before.width + "^" * max(1, term.width),
        ]
    }
}

/// Runs `body`; what it throws becomes one sentence on stderr and an exit code.
func exitingWithOneSentence(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as CommandFailure {
        StandardError.line("seismo: \(error)")
        throw error.code
    } catch let wrong as WrongFilter {
        StandardError.line("seismo: \(wrong.error)")
        for line in CommandFailure.underlined(wrong.error, in: wrong.filter) { StandardError.line(line) }
        throw ExitReason.usage
    } catch let error as RPCError {
        let failure = CommandFailure(error)
        StandardError.line("seismo: \(failure)")
        throw failure.code
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
