internal import Foundation

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
    /// Bytes of a character whose rest has not been read.
    private var rest = Data()

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
            self.path = path
            let number = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard number >= 0 else {
                return .failed("\(path) could not be made: \(String(cString: strerror(errno))).")
            }
            file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
        case .append(let text): try file?.write(contentsOf: Data(text.utf8))
        case .close: close()
        case .abandon:
            close()
            try? FileManager.default.removeItem(atPath: path)
        case .open(let path):
            self.path = path
            rest = Data()
            let whole = NSString(string: path).expandingTildeInPath
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
        var bytes = rest + read
        rest = Data()
        if read.count == Self.pieceBytes {
            let whole = bytes.lastIndex { $0 & 0xC0 != 0x80 } ?? bytes.startIndex
            rest = bytes[whole...]
            bytes = bytes[..<whole]
        }
        let isLast = read.count < Self.pieceBytes
        if isLast { close() }
        return .piece(String(decoding: bytes, as: UTF8.self), isLast: isLast)
    }

    private func close() {
        try? file?.close()
        file = nil
    }
}
