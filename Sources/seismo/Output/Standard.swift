internal import Foundation
internal import MagmaServer
internal import Terminal

/// Progress and notices: on stderr, so that stdout has data only.
enum StandardNotice {
    static func line(_ text: SafeText) { StandardError.line(text) }
}

enum StandardInput {
    /// All of stdin, as text.
    ///
    /// - Parameter limit: bytes.
    /// - Throws: ``UsageError`` when it is no text, or too long.
    static func text(limit: Int) throws -> String {
        let data = try bytes(FileHandle.standardInput, limit: limit, named: "stdin")
        guard let text = String(data: data, encoding: .utf8) else { throw UsageError("stdin is not in UTF-8.") }
        return text
    }

    /// A file's text, where `-` is stdin.
    static func text(of path: String, limit: Int) throws -> String {
        if path == "-" { return try text(limit: limit) }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw UsageError("'\(path)' could not be read: \(String(cString: strerror(errno))).")
        }
        defer { try? file.close() }
        guard let text = String(data: try bytes(file, limit: limit, named: "'\(path)'"), encoding: .utf8) else {
            throw UsageError("'\(path)' is not in UTF-8.")
        }
        return text
    }

    private static func bytes(_ file: FileHandle, limit: Int, named name: String) throws -> Data {
        var data = Data()
        do {
            while let piece = try file.read(upToCount: 1 << 16), !piece.isEmpty {
                data += piece
                guard data.count <= limit else { throw UsageError("\(name) has more than \(limit) bytes.") }
            }
        } catch let error as UsageError {
            throw error
        } catch { throw UsageError("\(name) could not be read: \(error.localizedDescription).") }
        return data
    }
}

/// Asks the person at the terminal.
enum Question {
    /// Whether they say yes; where nobody can be asked, it is an error.
    ///
    /// - Throws: ``UsageError`` that names the option which answers instead.
    static func isConfirmed(_ question: SafeText, or option: String) throws -> Bool {
        try answer("\(question.string) [y/N] ", or: option).lowercased().hasPrefix("y")
    }

    static func answer(_ question: SafeText, or option: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw UsageError("This cannot be undone, and there is no terminal to ask at: add \(option).")
        }
        FileHandle.standardError.write(Data(question.string.utf8))
        return readLine() ?? ""
    }
}
