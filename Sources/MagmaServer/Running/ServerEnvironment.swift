internal import Foundation

/// The settings of a server: the environment, and secrets that systemd hands over in files (systemd.exec(5), `LoadCredential=`).
package enum ServerEnvironment {
    /// What the files may stand for.
    private static let secrets = [
        "SEISMO_API_KEYS", "SEISMO_VIEWER_TOKEN", "SEISMO_OPERATOR_TOKEN", "SEISMO_ADMIN_TOKEN", "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
    ]

    package static var current: [String: String] { withCredentials(ProcessInfo.processInfo.environment) }

    /// Adds the secrets whose files are in `$CREDENTIALS_DIRECTORY`, named as their variables; a directory of credentials that
    /// is loaded as `seismo` puts `seismo_` before them. What is set already stays.
    ///
    /// A line end at the end of a file is none of the secret.
    package static func withCredentials(_ environment: [String: String]) -> [String: String] {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return environment }
        var all = environment
        for name in secrets where all[name]?.isEmpty ?? true {
            for file in [name, "seismo_\(name)"] {
                let place = URL(filePath: folder).appending(path: file)
                guard let text = try? String(contentsOf: place, encoding: .utf8) else { continue }
                all[name] = text.trimmingCharacters(in: .newlines)
            }
        }
        return all
    }
}
