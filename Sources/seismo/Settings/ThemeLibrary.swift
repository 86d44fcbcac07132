internal import Foundation
internal import Inspector

/// The themes that ship and those of the person, in `themes/` beside the settings.
struct ThemeLibrary {
    static let defaultName = "seismo-dark"
    /// For terminals without colours.
    static let plain = "mono"

    private let folder = Folders.config.appending(path: "themes")

    /// What a theme is called by its file, where it was asked for by the name that stands in it; so it is found again also
    /// when the file is wrong for a moment.
    func resolved(_ name: String) -> String {
        guard !names.contains(name) else { return name }
        return ownNames.first { (try? own($0))?.name == name } ?? name
    }

    /// A theme by its name; of one of the person's own that is its file's.
    ///
    /// - Throws: ``UsageError`` when there is none of that name, or its file is wrong: in which line, and how.
    func theme(_ name: String) throws -> Theme {
        if let theme = try own(name) ?? Theme.builtIn(name) { return theme }
        throw UsageError("There is no theme '\(name)'; there are \(names.joined(separator: ", ")).")
    }

    private func own(_ name: String) throws -> Theme? {
        guard !name.contains("/") else { return nil }
        let file = folder.appending(path: "\(name).yaml")
        let text: String?
        do { text = try file.textIfThere() } catch {
            throw UsageError("The theme \(file.lastPathComponent) cannot be read: \(error).")
        }
        guard let text else {
            let old = folder.appending(path: "\(name).toml")
            guard FileManager.default.fileExists(atPath: old.path) else { return nil }
            throw UsageError(
                "The theme \(name).toml is no longer read: write it to \(name).yaml, where '[roles]' becomes 'roles:' and what stands under it is indented, such as '  text: {fg: \"#d5d9e0\"}'."
            )
        }
        do { return try Theme(parsing: text) } catch {
            throw UsageError("The theme \(file.lastPathComponent) is wrong, \(error).")
        }
    }

    /// Those that ship, and the files of the person's own.
    var names: [String] { Set(Theme.builtInNames + ownNames).sorted() }

    /// Calls `onChange` when one of the person's own themes is saved or removed, until the source is cancelled (inotify(7)).
    func watch(_ onChange: @escaping @MainActor () -> Void) -> (any DispatchSourceProtocol)? {
        let watcher = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard watcher >= 0 else { return nil }
        guard inotify_add_watch(watcher, folder.path, Self.changes) >= 0 else {
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

    private static let changes = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

    private var ownNames: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    }
}
