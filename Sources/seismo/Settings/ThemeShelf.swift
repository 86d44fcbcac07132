internal import Foundation
internal import Inspector

/// The themes that ship and those of the person, in `themes/` beside the settings.
struct ThemeShelf {
    static let usual = "seismo-dark"
    /// For terminals without colours.
    static let plain = "mono"

    private let folder = Folders.config.appending(path: "themes")

    /// - Throws: ``UsageError`` when there is none of that name, or its file is wrong: in which line, and how.
    func theme(_ name: String) throws -> Theme {
        let file = folder.appending(path: "\(name).toml")
        if !name.contains("/"), let text = try? String(contentsOf: file, encoding: .utf8) {
            do { return try Theme(parsing: text) } catch {
                throw UsageError("The theme \(file.lastPathComponent) is wrong, \(error).")
            }
        }
        guard let theme = try Theme.builtIn(name) else {
            throw UsageError("There is no theme '\(name)'; there are \(names.joined(separator: ", ")).")
        }
        return theme
    }

    var names: [String] { Set(Theme.builtInNames + own).sorted() }

    /// Says when a theme of the person's own has been saved, for as long as the task lives (inotify(7)).
    func watch(_ onChange: @escaping @MainActor () -> Void) -> (any DispatchSourceProtocol)? {
        let watcher = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard watcher >= 0 else { return nil }
        guard inotify_add_watch(watcher, folder.path, UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO)) >= 0 else {
            close(watcher)
            return nil
        }
        let source = DispatchSource.makeReadSource(fileDescriptor: watcher, queue: .main)
        source.setEventHandler {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while read(watcher, &buffer, buffer.count) > 0 {}
            MainActor.assumeIsolated { onChange() }
        }
        source.setCancelHandler { close(watcher) }
        source.resume()
        return source
    }

    private var own: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }
    }
}
