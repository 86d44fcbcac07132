internal import Foundation
internal import Inspector
internal import SessionModel

/// Where things of the interface are kept.
enum Folders {
    static var config: URL { folder("XDG_CONFIG_HOME", ".config") }
    static var state: URL { folder("XDG_STATE_HOME", ".local/state") }

    private static func folder(_ variable: String, _ fallback: String) -> URL {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment[variable].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: fallback)
        return base.appending(path: "seismo")
    }
}

extension InterfaceSettings {
    /// Reads the person's settings; without a file everything is as usual.
    static func read() -> InterfaceSettings {
        let file = Folders.config.appending(path: "config.yaml")
        do {
            if let text = try file.textIfThere() { return InterfaceSettings(parsing: text, named: "config.yaml") }
        } catch { return InterfaceSettings(problem: "config.yaml cannot be read: \(error).") }
        let old = Folders.config.appending(path: "config.toml")
        guard FileManager.default.fileExists(atPath: old.path) else { return InterfaceSettings() }
        return InterfaceSettings(problem: conversion(from: "config.toml", to: "config.yaml"))
    }
}

extension InterfaceSettings.Profile {
    /// The file of the authority that is trusted, where `~` is the person's home.
    var authorityFile: String? { authority.map { NSString(string: $0).expandingTildeInPath } }

    /// What the environment or the file of it holds.
    var token: String? {
        if let tokenVariable { return ProcessInfo.processInfo.environment[tokenVariable] }
        guard let tokenFile else { return nil }
        let text = try? String(contentsOfFile: NSString(string: tokenFile).expandingTildeInPath, encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension URL {
    /// The text of a file; `nil` when there is none.
    ///
    /// - Throws: ``FileProblem`` when it is there and cannot be read.
    func textIfThere() throws(FileProblem) -> String? {
        let bytes: Data
        do { bytes = try Data(contentsOf: self) } catch {
            if (error as? CocoaError)?.code == .fileReadNoSuchFile { return nil }
            throw FileProblem(description: "the system refused it (\(error.localizedDescription))")
        }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw FileProblem(description: "it is not in UTF-8")
        }
        return text
    }
}

/// Why a file cannot be read.
struct FileProblem: Error, CustomStringConvertible { let description: String }

extension Arrangement {
    private static var file: URL { Folders.state.appending(path: "interface.json") }

    /// How the screen was arranged the last time.
    static var remembered: Arrangement {
        guard let text = try? String(contentsOf: file, encoding: .utf8), let json = try? JSON(parsing: text) else {
            return Arrangement()
        }
        return Arrangement(json: json)
    }

    /// Keeps it for the next time; where that cannot be written, the next time is as usual.
    func remember() {
        try? FileManager.default.createDirectory(
            at: Folders.state,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try? json.pretty.write(to: Self.file, atomically: true, encoding: .utf8)
    }
}
