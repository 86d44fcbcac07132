import Foundation
import Testing

/// The floors of the package: a target imports targets of lower floors only, and such of its own floor as are named here.
@Suite("Targets and their floors")
struct FloorTests {
    private static let floors: [[String]] = [
        ["SessionModel", "Themes"],
        [
            "Magma", "MagmaMacros", "Inspection", "WebSocket", "Terminal", "WorkPool", "CThreads", "Postgres",
            "CPostgres",
        ],
        ["MagmaRuntime", "MagmaProviders", "InspectionClient", "TerminalCurses", "CNCurses", "CNCursesw"],
        ["AgentAPI", "InspectionServer", "SQLiteStore", "PostgresStore", "Inspector", "CZlib", "CSQLite"],
        ["MagmaServer", "BundledAgents"],
        ["seismo", "seismo-bench"],
    ]

    /// A target and the part of it that it is split from.
    private static let pairs: [(String, String)] = [
        ("Magma", "MagmaMacros"), ("TerminalCurses", "CNCurses"), ("WorkPool", "CThreads"), ("AgentAPI", "CZlib"),
        ("SQLiteStore", "CSQLite"), ("CNCurses", "CNCursesw"), ("Postgres", "CPostgres"),
    ]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func floor(of target: String) -> Int? { floors.firstIndex { $0.contains(target) } }

    private static func mayImport(_ target: String, _ other: String) -> Bool {
        guard let own = floor(of: target), let theirs = floor(of: other) else { return false }
        return theirs < own || pairs.contains { $0 == (target, other) }
    }

    @Test("every folder of Sources is a target with a floor")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path())
        #expect(Set(folders).union(["Themes"]) == Set(Self.floors.joined()))
    }

    @Test("no source file imports a target of its own floor or a higher one")
    func imports() throws {
        var checked = 0
        let sources = Self.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let target = file.path().dropFirst(sources.path().count).split(separator: "/")[0]
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                guard let imported = line.firstMatch(of: /^(?:public |package |internal )?import (\w+)/)?.1,
                    Self.floor(of: String(imported)) != nil
                else { continue }
                checked += 1
                #expect(
                    Self.mayImport(String(target), String(imported)),
                    "\(file.lastPathComponent) imports \(imported)"
                )
            }
        }
        #expect(checked > 500)
    }

    @Test("no target of the manifest depends on one of its own floor or a higher one")
    func manifest() throws {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let sources = try #require(manifest.split(separator: "// 1: values").last)
        var checked = 0
        for declaration in sources.split(separator: /\n        (?=[.\w]+\()/) {
            let names = declaration.matches(of: /"([\w-]+)"/).map { String($0.1) }
            guard let target = names.first, Self.floor(of: target) != nil, !declaration.hasPrefix("tests(") else {
                continue
            }
            let foreign = declaration.replacing(/\.product\([^)]*\)/, with: "")
            for name in foreign.matches(of: /"([\w-]+)"/).map({ String($0.1) }).dropFirst()
            where Self.floor(of: name) != nil && name != target {
                checked += 1
                #expect(Self.mayImport(target, name), "\(target) depends on \(name)")
            }
        }
        #expect(checked > 40)
    }
}
