internal import Foundation

/// tmux's own buffer, and through it the clipboard of the terminal that tmux is in.
enum TmuxBuffer {
    /// Whether tmux took the text: `load-buffer -w` needs tmux 3.2.
    static func load(_ text: String) -> Bool {
        let tmux = Process()
        tmux.executableURL = URL(filePath: "/usr/bin/env")
        tmux.arguments = ["tmux", "load-buffer", "-w", "-"]
        let input = Pipe()
        tmux.standardInput = input
        tmux.standardOutput = FileHandle.nullDevice
        tmux.standardError = FileHandle.nullDevice
        do {
            try tmux.run()
            try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
            try input.fileHandleForWriting.close()
        } catch { return false }
        tmux.waitUntilExit()
        return tmux.terminationStatus == 0
    }
}
