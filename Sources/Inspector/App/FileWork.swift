package import Foundation

/// What the interface asks of files: one is written or read at a time.
package enum FileWork: Sendable, Equatable {
    /// A new file, which must not be there yet.
    case create(path: String)
    case append(String)
    /// The file is whole.
    case close
    /// The file is not wanted any more.
    case abandon
    case open(path: String)
    case readNext
}

/// What came of it.
package enum FileAnswer: Sendable, Equatable {
    case opened
    case piece(String, isLast: Bool)
    case failed(String)
}

/// Writes capsules and pictures, and reads capsules.
@MainActor
final class Files {
    private static let pieceBytes = 256 << 10

    private var file: FileHandle?
    private var path = ""
    private var pieces = UTF8Pieces()

    /// - Returns: what the interface is to be told, if anything.
    func carryOut(_ work: FileWork) -> FileAnswer? {
        do { return try attempt(work) } catch {
            close()
            return .failed("\(path): \((error as NSError).localizedFailureReason ?? error.localizedDescription)")
        }
    }

    private func attempt(_ work: FileWork) throws -> FileAnswer? {
        switch work {
        case .create(let path):
            let path = NSString(string: path).expandingTildeInPath
            self.path = path
            let number = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard number >= 0 else {
                return .failed("\(path) could not be created: \(String(cString: strerror(errno))).")
            }
            file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
        case .append(let text): try file?.write(contentsOf: Data(text.utf8))
        case .close: close()
        case .abandon:
            close()
            try? FileManager.default.removeItem(atPath: path)
        case .open(let path):
            self.path = path
            pieces = UTF8Pieces()
            let whole = NSString(string: path).expandingTildeInPath
            if let problem = RegularFile.problem(with: whole) { return .failed(problem) }
            guard let file = FileHandle(forReadingAtPath: whole) else {
                return .failed("\(path) could not be read: \(String(cString: strerror(errno))).")
            }
            self.file = file
            return .opened
        case .readNext: return try next()
        }
        return nil
    }

    private func next() throws -> FileAnswer {
        let read = try file?.read(upToCount: Self.pieceBytes) ?? Data()
        let isLast = read.count < Self.pieceBytes
        if isLast { close() }
        return .piece(pieces.text(of: read, isLast: isLast), isLast: isLast)
    }

    private func close() {
        try? file?.close()
        file = nil
    }
}

/// Accepts regular files only, because reading a pipe, for example, may never end.
package enum RegularFile {
    /// Why a path cannot be read; `nil` when it can, as far as is known before.
    package static func problem(with path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return "'\(path)' could not be read: \(String(cString: strerror(errno)))."
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return nil
        case S_IFDIR: return "'\(path)' is a folder; name a file."
        default: return "'\(path)' is not a regular file."
        }
    }
}

/// Decodes UTF-8 that arrives in pieces. No decoded text ends within a character.
package struct UTF8Pieces: Sendable {
    /// Bytes of a character whose rest has not come.
    private var rest = Data()

    package init() {}

    package mutating func text(of bytes: Data, isLast: Bool) -> String {
        let all = rest + bytes
        let whole = isLast ? all.endIndex : all.lastIndex { $0 & 0xC0 != 0x80 } ?? all.startIndex
        rest = Data(all[whole...])
        return String(decoding: all[..<whole], as: UTF8.self)
    }
}
