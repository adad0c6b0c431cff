// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A Swift target of ours: every one has the same settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")

let package = Package(
    name: "recto",
    products: [
        .executable(name: "recto", targets: ["recto"]),
        .executable(name: "recto-worker-pdf", targets: ["recto-worker-pdf"]),
        .executable(name: "recto-worker-raster", targets: ["recto-worker-raster"]),
        .executable(name: "recto-worker-drawing", targets: ["recto-worker-drawing"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // The nouns.
        module("TileModel"),

        // Engines and the process that runs them.
        .systemLibrary(name: "CCairo", pkgConfig: "cairo"),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate"),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis"),
        .systemLibrary(name: "CPDFium", pkgConfig: "pdfium"),
        .systemLibrary(name: "CPango", pkgConfig: "pangocairo"),
        .systemLibrary(name: "CRsvg", pkgConfig: "librsvg-2.0"),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp"),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp"),
        .systemLibrary(name: "CLibTIFF", pkgConfig: "libtiff-4"),
        .systemLibrary(name: "CLibVips", pkgConfig: "vips"),
        .target(name: "CVips", dependencies: ["CLibTIFF", "CLibVips"]),
        .target(name: "CKernel"),
        .target(name: "CResolver", linkerSettings: [.linkedLibrary("resolv")]),
        .target(name: "CSandbox", dependencies: ["CSeccomp"]),
        module("Document", ["CCairo", "CDeflate", "CKernel", "CTurboJPEG", "CWebP", "TileModel"]),
        module("PDFEngine", ["CPDFium", "Document", "TileModel"]),
        module("RasterEngine", ["CKernel", "CVips", "Document", "TileModel"]),
        module("DrawingEngine", ["CCairo", "CDeflate", "CPango", "CRsvg", "Document", "TileModel"]),
        module("Sandbox", ["CSandbox"]),
        module("WorkerProtocol", ["CKernel", "TileModel"]),
        module("RenderWorker", ["CKernel", "Document", "Sandbox", "TileModel", "WorkerProtocol"]),
        // A program for each kind, so that each loads no more than its own libraries.
        program("recto-worker-pdf", ["PDFEngine", "RenderWorker"]),
        program("recto-worker-raster", ["RasterEngine", "RenderWorker"]),
        program("recto-worker-drawing", ["DrawingEngine", "RenderWorker"]),

        // The stages of a request, bottom up.
        module("Affinity"),
        module("Budgets"),
        module("Access", ["TileModel", crypto]),
        module("TileCache", ["TileModel", collections, metrics]),
        module("RedisClient", ["CHiredis", "TileCache", "TileModel", logging, nioPosix]),
        module(
            "TileTiers",
            ["CKernel", "RedisClient", "TileCache", "TileModel", collections, crypto, heap, logging, metrics, nioPosix]),
        module(
            "Archive",
            [
                "CKernel", "RedisClient", "TileCache", "TileModel", asyncHTTPClient, crypto, logging, metrics, nioCore,
                nioHTTP1,
                nioPosix,
            ]
        ),
        module("RenderPool", ["CKernel", "TileModel", "WorkerProtocol", collections, logging, metrics]),
        module("HTTPFraming"),
        module("HTTPService", [logging, metrics, nioCore, nioHTTP1, nioPosix]),
        module(
            "TileService",
            [
                "Access", "Archive", "HTTPService", "RenderPool", "TileCache", "TileModel", "TileTiers",
                "WorkerProtocol",
                crypto, logging, metrics, nioCore, nioHTTP1,
            ]
        ),
        module(
            "Cluster",
            [
                "Access", "Affinity", "CResolver", "HTTPService", "TileModel", asyncHTTPClient, logging, metrics,
                nioCore, nioHTTP1, nioPosix,
            ]
        ),
        module(
            "Router",
            [
                "Affinity", "CKernel", "Cluster", "HTTPFraming", "HTTPService", "TileModel", logging, metrics, nioCore,
                nioHTTP1,
                nioPosix,
            ]
        ),
        module(
            "ServiceRole",
            [
                "Access", "Archive", "Cluster", "HTTPService", "RenderPool", "TileCache", "TileModel", "TileService",
                logging, metrics, nioCore, nioHTTP1,
            ]
        ),
        module("RenderNode", ["HTTPService", "ServiceRole", "TileService", logging, nioHTTP1]),
        module(
            "Portal",
            [
                "Access", "Archive", "Cluster", "HTTPService", "ServiceRole", "TileModel", "TileService", crypto,
                logging,
                nioCore, nioHTTP1,
            ],
            resources: [.copy("Viewer")]
        ),
        module("Observability", [coreMetrics, logging]),
        program(
            "recto",
            [
                "Access", "Affinity", "Archive", "Budgets", "CKernel", "Cluster", "HTTPFraming", "HTTPService",
                "Observability",
                "Portal", "RedisClient", "RenderNode", "RenderPool", "Router", "ServiceRole", "TileModel",
                "TileService",
                "TileTiers",
                "WorkerProtocol", argumentParser, asyncHTTPClient, logging, metrics, nioCore, nioHTTP1, nioPosix,
            ]
        ),

        tests("AffinityTests", ["Affinity"]),
        tests("BudgetsTests", ["Budgets"]),
        // An archive whose reads are counted, held up and made to fail.
        .target(
            name: "SlowArchive", dependencies: ["Archive", "TileModel"], path: "Tests/SlowArchive",
            swiftSettings: settings),
        tests(
            "ArchiveTests",
            [
                "Access", "Archive", "CKernel", "Cluster", "HTTPService", "RedisClient", "RedisServer", "ServiceRole",
                "SlowArchive", "TestSupport", "TileCache", "TileModel", asyncHTTPClient, logging, nioCore, nioHTTP1,
            ]),
        tests("ClusterTests", ["Affinity", "Cluster", "NameServer", "TileModel", logging]),
        tests("DocumentTests", ["CCairo", "Document", "TileModel"]),
        // Documents of many megabytes that take no time to write.
        .target(name: "LargeDocuments", path: "Tests/LargeDocuments", swiftSettings: settings),
        // Lets suites of several targets that use PDFium run one after the other.
        .target(name: "EngineTurns", path: "Tests/EngineTurns", swiftSettings: settings),
        tests("ObservabilityTests", ["Observability", coreMetrics, metrics]),
        tests("PDFEngineTests", ["CCairo", "Document", "EngineTurns", "PDFEngine", "TileModel"]),
        tests("DrawingEngineTests", ["CCairo", "CDeflate", "CKernel", "Document", "DrawingEngine", "TileModel"]),
        // Lets a test's thread enter the network of another host.
        .target(name: "CNamespaces", path: "Tests/CNamespaces"),
        // A DNS server that tests start.
        .target(name: "NameServer", dependencies: ["Cluster"], path: "Tests/NameServer", swiftSettings: settings),
        tests(
            "EndToEndTests",
            [
                "Affinity", "CCairo", "CNamespaces", "HTTPService", "LargeDocuments", "NameServer", "RedisServer",
                "RenderPool", "TileModel", "WorkerProtocol", "recto-bench-routing", asyncHTTPClient, logging,
                nioCore,
                nioHTTP1,
            ]),
        tests(
            "FormatContractTests",
            ["CCairo", "Document", "DrawingEngine", "EngineTurns", "PDFEngine", "RasterEngine", "TileModel"]),
        // Streams of HTTP messages, and two parsers that read them: for tests and for the fuzzer.
        .target(
            name: "HTTPFuzzing", dependencies: ["HTTPFraming", nioCore, nioEmbedded, nioHTTP1],
            path: "Tests/HTTPFuzzing", swiftSettings: settings
        ),
        tests("HTTPFramingTests", ["HTTPFraming", "HTTPFuzzing"]),
        .executableTarget(
            name: "recto-fuzz-http", dependencies: ["HTTPFuzzing", argumentParser], path: "Tests/HTTPFuzzer",
            swiftSettings: settings
        ),
        tests("HTTPServiceTests", ["HTTPService", asyncHTTPClient, nioCore, nioHTTP1, nioPosix]),
        tests("RasterEngineTests", ["CKernel", "Document", "RasterEngine", "TileModel"]),
        tests("RenderPoolTests", ["RenderPool", "TileModel", "WorkerProtocol"]),
        tests(
            "RouterTests",
            [
                "Access", "Affinity", "Cluster", "HTTPFraming", "HTTPService", "Router", "TileModel", asyncHTTPClient,
                logging, nioCore, nioHTTP1, nioPosix,
            ]
        ),
        tests(
            "ServiceRoleTests",
            [
                "Access", "Archive", "Cluster", "HTTPService", "ServiceRole", "SlowArchive", "TileModel", logging,
                nioCore, nioHTTP1,
            ]),
        // A program in the workers' sandbox that tries to get out.
        .target(name: "CSandboxProbe", path: "Tests/CSandboxProbe"),
        .executableTarget(
            name: "sandbox-probe", dependencies: ["CSandbox", "CSandboxProbe", "Sandbox"], path: "Tests/SandboxProbe",
            swiftSettings: settings
        ),
        tests("SandboxTests", ["sandbox-probe"]),
        // The routing benchmark out of the nested package, built with what is here already: a test runs it.
        .target(
            name: "LoadDriver", dependencies: [nioCore, nioHTTP1, nioPosix], path: "Benchmarks/Sources/LoadDriver",
            swiftSettings: settings),
        .target(
            name: "RoutingBenchmark", dependencies: ["LoadDriver", nioCore, nioHTTP1, nioPosix],
            path: "Benchmarks/Sources/RoutingBenchmark", swiftSettings: settings),
        .target(
            name: "RoutingProgram", dependencies: ["LoadDriver", "RoutingBenchmark", argumentParser, nioCore],
            path: "Benchmarks/Sources/RoutingProgram", swiftSettings: settings),
        .executableTarget(
            name: "recto-bench-routing", dependencies: ["RoutingProgram", argumentParser], path: "Tests/RoutingProgram",
            swiftSettings: settings),
        tests("LoadDriverTests", ["LoadDriver"]),
        tests("RoutingBenchmarkTests", ["LoadDriver", "RoutingBenchmark"]),
        // Feeds a worker mutated documents.
        .executableTarget(
            name: "recto-fuzz", dependencies: ["RenderPool", "TileModel", "WorkerProtocol", argumentParser],
            path: "Tests/Fuzzer", swiftSettings: settings
        ),
        tests("FuzzerTests", ["recto-fuzz"]),
        tests("TileCacheTests", ["TileCache", "TileModel"]),
        tests("TileModelTests", ["TileModel"]),
        // What tests of several targets need: a log that can be read, a small disk.
        .target(name: "TestSupport", dependencies: [logging], path: "Tests/TestSupport", swiftSettings: settings),
        tests("RedisClientTests", ["RedisClient", "RedisServer", "TestSupport"]),
        // A Redis server that tests start, and others that misbehave.
        .target(name: "RedisServer", dependencies: ["CKernel"], path: "Tests/RedisServer", swiftSettings: settings),
        tests(
            "TileTiersTests",
            ["RedisClient", "RedisServer", "TestSupport", "TileCache", "TileModel", "TileTiers", logging]),
        tests(
            "TileServiceTests",
            [
                "Access", "Archive", "CKernel", "Document", "LargeDocuments", "RenderPool", "SlowArchive",
                "TestSupport",
                "TileCache", "TileModel", "TileService", "WorkerProtocol", "recto-worker-drawing", "recto-worker-pdf",
                "recto-worker-raster", logging, nioCore,
            ]),
        tests("WorkerProtocolTests", ["TileModel", "WorkerProtocol"]),
    ]
)
