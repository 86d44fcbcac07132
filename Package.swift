// swift-tools-version:6.2
import CompilerPluginSupport
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

/// A library: its folder is `Sources/<name>`, its tests `Tests/<name>Tests`.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies,
        exclude: resources,
        swiftSettings: settings
    )
}

let package = Package(
    name: "seismo",
    products: [
        .executable(name: "seismo", targets: ["seismo"]),
        .library(name: "Magma", targets: ["Magma", "MagmaProviders", "MagmaServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
    ],
    targets: [
        // 1: values and pure functions
        library("SessionModel", [.product(name: "OrderedCollections", package: "swift-collections")]),
        .target(
            name: "Themes",
            path: "themes",
            resources: ["gruvbox", "high-contrast", "mono", "seismo-dark", "seismo-light", "solarized"].map {
                .embedInCode("\($0).yaml")
            },
            swiftSettings: settings
        ),

        // 2: what authors, clients, sockets and screens are written against
        library("Magma", ["MagmaMacros", "SessionModel", .product(name: "Crypto", package: "swift-crypto")]),
        .macro(
            name: "MagmaMacros",
            dependencies: [
                "SessionModel",
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxBuilder", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        library("Inspection", ["SessionModel"]),
        library(
            "WebSocket",
            [
                nio, nioPosix, nioSSL, log, lifecycle,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"), nioHTTP, nioWebSocket,
            ]
        ),
        library("Terminal"),
        .target(name: "CPostgres"),
        library("Postgres", ["CPostgres", deque]),

        .target(name: "CThreads"),
        library("WorkPool", ["CThreads", deque]),

        // 3: runtime, models, the real terminal
        library(
            "MagmaRuntime",
            [
                "Magma", "SessionModel", "WorkPool", deque, log, lifecycle, metrics,
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        library(
            "MagmaProviders",
            [
                "Magma", "SessionModel", nio, nioPosix, .product(name: "AsyncHTTPClient", package: "async-http-client"),
                nioHTTP,
            ]
        ),
        // Of the system: SwiftPM looks for them with pkg-config, and says which package is missing. It would warn of the flags
        // that ncurses has there, so CNCurses says it itself.
        .systemLibrary(name: "CNCursesw", providers: [.apt(["libncurses-dev"]), .brew(["ncurses"])]),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CNCurses", dependencies: ["CNCursesw"], linkerSettings: [.linkedLibrary("ncursesw")]),
        library("TerminalCurses", ["Terminal", "CNCurses"]),

        library(
            "InspectionClient",
            [
                "Inspection", "SessionModel", "WebSocket", deque,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),

        // 4: the two programs, and where sessions are kept
        library(
            "SQLiteStore",
            [
                "CSQLite", "MagmaRuntime", "SessionModel",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        library("PostgresStore", ["MagmaRuntime", "Postgres", "SessionModel", log]),
        library(
            "AgentAPI",
            [
                "CZlib", "Magma", "MagmaRuntime", "SessionModel", "WebSocket", "WorkPool", deque, log, metrics, nio,
                nioHTTP, nioSSL, nioWebSocket, .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        library(
            "InspectionServer",
            [
                "Inspection", "InspectionClient", "Magma", "MagmaRuntime", "SessionModel", "WebSocket", deque, log,
                nioHTTP,
                nioWebSocket, .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        library(
            "MagmaServer",
            [
                "AgentAPI", "InspectionServer", "Magma", "MagmaRuntime", "MagmaProviders", "Inspection", "SessionModel",
                "PostgresStore", "SQLiteStore", "Terminal", "WebSocket", "WorkPool", log, lifecycle, metrics, nio,
                nioHTTP, nioPosix,
                nioSSL,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
            ]
        ),
        library(
            "Inspector",
            [
                "Inspection", "InspectionClient", "SessionModel", "Terminal", "Themes", "WebSocket",
                deque,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // 5: the command and the agents that ship
        library("BundledAgents", ["Magma", "MagmaProviders", "SessionModel"]),
        .executableTarget(
            name: "seismo",
            dependencies: [
                "AgentAPI", "BundledAgents", "Inspection", "InspectionClient", "InspectionServer", "Inspector", "Magma",
                "MagmaProviders",
                "MagmaRuntime", "MagmaServer", "SessionModel", "Terminal", "TerminalCurses", "Themes", "WebSocket",
                log, lifecycle, nio,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),

        .executableTarget(
            name: "seismo-bench",
            dependencies: [
                "AgentAPI", "BundledAgents", "Inspection", "InspectionServer", "Magma", "MagmaProviders",
                "MagmaRuntime",
                "MagmaServer", "Postgres", "PostgresStore", "SQLiteStore", "SessionModel", "WebSocket", log, lifecycle,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: settings
        ),

        .target(
            name: "TestSupport",
            dependencies: ["MagmaRuntime", "Postgres", "PostgresStore", "SQLiteStore", log, nio, nioPosix],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "seismo-costs",
            dependencies: [
                "AgentAPI", "Inspection", "InspectionServer", "Magma", "MagmaProviders", "MagmaRuntime", "MagmaServer",
                "SessionModel",
            ],
            path: "Tests/Costs",
            swiftSettings: settings
        ),
        tests("SessionModel", resources: ["cron-cases.tsv"]),
        tests("Inspection", ["SessionModel"]),
        tests("InspectionClient", ["Inspection", "SessionModel"]),
        tests("AgentAPI", ["Magma", "MagmaRuntime", "SessionModel", nioWebSocket]),
        tests("InspectionServer", ["Inspection", "SessionModel", "TestSupport", nioWebSocket]),
        tests("Magma", ["SessionModel"]),
        tests(
            "MagmaMacros",
            [
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacroExpansion", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacrosGenericTestSupport", package: "swift-syntax"),
            ]
        ),
        tests("Terminal", ["TestSupport"]),
        tests(
            "WebSocket",
            [
                "TestSupport", log, nio, nioHTTP, nioPosix, lifecycle,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ]
        ),
        tests("WorkPool", ["TestSupport"]),
        tests(
            "MagmaRuntime",
            ["Inspection", "Magma", "MagmaProviders", "SessionModel", "TestSupport", log, lifecycle, metrics]
        ),
        tests(
            "MagmaServer",
            [
                "AgentAPI", "BundledAgents", "Inspection", "InspectionServer", "Magma", "MagmaProviders",
                "MagmaRuntime",
                "SessionModel", "TestSupport", "WebSocket", "WorkPool", log, lifecycle, metrics,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Crypto", package: "swift-crypto"),
                nioHTTP, nioWebSocket,
            ]
        ),
        tests(
            "SQLiteStore",
            [
                "Inspection", "MagmaRuntime", "SessionModel", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        tests("Postgres"),
        tests("PostgresStore", ["MagmaRuntime", "Postgres", "SessionModel", "TestSupport", log]),
        tests("MagmaProviders", ["Magma", "MagmaRuntime", "SessionModel", "TestSupport"]),
        tests("BundledAgents", ["Magma", "MagmaProviders", "SessionModel"]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "AgentAPI", "BundledAgents", "Inspection", "InspectionServer", "Inspector", "Magma", "MagmaProviders",
                "MagmaRuntime", "MagmaServer", "SessionModel", "Terminal", "TestSupport", log,
                nioHTTP,
            ],
            swiftSettings: settings
        ),
        tests(
            "Inspector",
            ["Inspection", "InspectionClient", "SessionModel", "Terminal", "TestSupport"],
            resources: ["Screens"]
        ),
    ]
)
