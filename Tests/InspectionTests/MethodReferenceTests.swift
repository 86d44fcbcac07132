import Foundation
import Inspection
import Testing

@Suite("The table of methods")
struct MethodReferenceTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("the reference page says what is declared")
    func page() throws {
        let file = Self.root.appending(path: "Sources/Inspection/Inspection.docc/Methods.md")
        if ProcessInfo.processInfo.environment["UPDATE_REFERENCE"] != nil {
            try MethodReference.page.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == MethodReference.page)
    }

    @Test("every declared method is in the table, once")
    func families() throws {
        let folder = Self.root.appending(path: "Sources/Inspection/Methods")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let declared = try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).matches(of: /= Method<[^>]+>\(\s*"([\w.]+)"/).map {
                String($0.1)
            }
        }
        #expect(declared.count > 30)
        #expect(declared.sorted() == Methods.all.map(\.name).sorted())
    }

    @Test("no other source file spells a method or a notification out")
    func literals() throws {
        let names = Set(Methods.all.map(\.name) + InspectionNotification.allCases.map(\.rawValue))
        let sources = Self.root.appending(path: "Sources")
        var checked = 0
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            // Ids of the interface's actions are names of their own, though some are the same words.
            guard file.pathExtension == "swift", !file.path().contains("/Inspection/Methods/"),
                !file.path().contains("/Inspector/Actions/"), file.lastPathComponent != "FooterView.swift",
                !file.path().hasSuffix("Actions.swift")
            else { continue }
            checked += 1
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /"([a-z]+\.[a-z]+)"/) {
                let isAction = match.0.contains("turn.cancel") || match.0.contains("hook.")
                #expect(isAction || !names.contains(String(match.1)), "\(file.lastPathComponent) says \(match.0)")
            }
        }
        #expect(checked > 200)
    }
}
