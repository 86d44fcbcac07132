internal import Foundation
internal import MagmaRuntime

/// The settings of a server: the environment, and secrets that systemd hands over in files (systemd.exec(5), `LoadCredential=`).
package enum ServerEnvironment {
    /// What the files may stand for.
    private static let secrets = [
        "SEISMO_API_KEYS", "SEISMO_VIEWER_TOKEN", "SEISMO_OPERATOR_TOKEN", "SEISMO_ADMIN_TOKEN", "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
    ]

    package static func current() throws -> [String: String] {
        try withCredentials(ProcessInfo.processInfo.environment)
    }

    /// Adds the secrets whose files are in `$CREDENTIALS_DIRECTORY`, named as their variables; a directory of credentials that
    /// is loaded as `seismo` puts `seismo_` before them. What is set already stays. Line ends at the end of a file are left out.
    ///
    /// - Throws: ``RuntimeError`` `setting_invalid` for a file that cannot be read.
    package static func withCredentials(_ environment: [String: String]) throws -> [String: String] {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return environment }
        var all = environment
        for name in secrets where all[name]?.isEmpty ?? true {
            for file in [name, "seismo_\(name)"] {
                let path = "\(folder)/\(file)"
                guard FileManager.default.fileExists(atPath: path) else { continue }
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                    throw RuntimeError(.malformed, "setting_invalid", "The secret '\(path)' cannot be read as a text.")
                }
                all[name] = String(text.reversed().drop(while: \.isNewline).reversed())
            }
        }
        return all
    }
}
