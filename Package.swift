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
        .executable(name: "recto-worker", targets: ["recto-worker"]),
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
        .systemLibrary(name: "CPDFium", pkgConfig: "pdfium"),
        .systemLibrary(name: "CPango", pkgConfig: "pangocairo"),
        .systemLibrary(name: "CRsvg", pkgConfig: "librsvg-2.0"),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp"),
        .target(name: "CKernel"),
        module("Document", ["CCairo", "CDeflate", "CPDFium", "CKernel", "CTurboJPEG", "CWebP", "TileModel"]),
        module("DrawingEngine", ["CCairo", "CDeflate", "CPango", "CRsvg", "Document", "TileModel"]),
        module("WorkerProtocol", ["CKernel", "TileModel"]),
        .executableTarget(
            name: "recto-worker",
            dependencies: ["CKernel", "Document", "TileModel", "WorkerProtocol"],
            path: "Sources/RenderWorker",
            swiftSettings: settings
        ),

        // The stages of a request, bottom up.
        module("Affinity"),
        module("Access", ["TileModel", crypto]),
        module("Archive", ["CKernel", "TileModel", crypto, nioPosix]),
        module("TileCache", [collections, metrics]),
        module("RenderPool", ["CKernel", "WorkerProtocol", collections, logging, metrics]),
        module("HTTPService", [logging, nioCore, nioHTTP1, nioPosix]),
        module(
            "TileService",
            [
                "Access", "Archive", "HTTPService", "RenderPool", "TileCache", "TileModel", "WorkerProtocol", crypto,
                logging, metrics, nioCore, nioHTTP1,
            ]
        ),
        module(
            "Cluster",
            [
                "Access", "Affinity", "HTTPService", "TileModel", asyncHTTPClient, logging, metrics, nioCore, nioHTTP1,
                nioPosix,
            ]
        ),
        module(
            "Router",
            [
                "Affinity", "Cluster", "HTTPService", "TileModel", logging, metrics, nioCore, nioHTTP1,
                nioPosix,
            ]
        ),
        module(
            "ServiceRole",
            ["Access", "Cluster", "HTTPService", "RenderPool", "TileModel", "TileService", logging, nioHTTP1]
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
                "Access", "Affinity", "Archive", "CKernel", "Cluster", "HTTPService", "Observability", "Portal",
                "RenderNode", "RenderPool", "Router", "ServiceRole", "TileModel", "TileService", "WorkerProtocol",
                argumentParser, asyncHTTPClient, logging, metrics, nioCore, nioHTTP1, nioPosix,
            ]
        ),

        tests("AffinityTests", ["Affinity"]),
        tests("ArchiveTests", ["Archive", "TileModel"]),
        tests("ClusterTests", ["Cluster"]),
        tests("DocumentTests", ["CCairo", "Document", "TileModel"]),
        tests("DrawingEngineTests", ["CCairo", "CDeflate", "CKernel", "Document", "DrawingEngine", "TileModel"]),
        tests("EndToEndTests", ["CCairo", asyncHTTPClient, nioCore, nioHTTP1]),
        tests("HTTPServiceTests", ["HTTPService", asyncHTTPClient, nioCore, nioHTTP1]),
        tests("RenderPoolTests", ["RenderPool", "WorkerProtocol"]),
        tests(
            "RouterTests",
            [
                "Access", "Affinity", "Cluster", "HTTPService", "Router", "TileModel", asyncHTTPClient, logging,
                nioCore,
                nioHTTP1,
            ]
        ),
        tests("TileCacheTests", ["TileCache"]),
        tests("TileModelTests", ["TileModel"]),
        tests("WorkerProtocolTests", ["TileModel", "WorkerProtocol"]),
    ]
)
