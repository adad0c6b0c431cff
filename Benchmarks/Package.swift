// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "recto-bench",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // Links to the product's own sources: what is measured by itself is built into this package, so that it can be
        // reached without being public.
        .target(name: "Affinity", swiftSettings: settings),
        .target(name: "TileModel", swiftSettings: settings),
        .target(
            name: "TileCache",
            dependencies: [
                "TileModel",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Metrics", package: "swift-metrics"),
            ], swiftSettings: settings),
        // Caches and what they are asked for, without sockets.
        .target(name: "CacheSimulation", dependencies: ["LoadDriver", "TileCache"], swiftSettings: settings),
        // Simulated readers over real HTTP.
        .target(
            name: "LoadDriver",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: settings),
        // Architectures and policies against one another on real clusters, and the report.
        .target(
            name: "RoutingBenchmark",
            dependencies: [
                "LoadDriver",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: settings),
        // The commands of it, apart from the other programs: the tests of the product build them too.
        .target(
            name: "RoutingProgram",
            dependencies: [
                "LoadDriver", "RoutingBenchmark",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
        // Other servers of tiles beside ours.
        .target(
            name: "PeerBenchmark",
            dependencies: [
                "LoadDriver",
                "RoutingBenchmark",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: settings),
        // Counts what a thread allocates.
        .target(name: "CAllocations"),
        .executableTarget(
            name: "recto-bench",
            dependencies: [
                "RoutingProgram",
                "CacheSimulation",
                "LoadDriver",
                "PeerBenchmark",
                .product(name: "NIOPosix", package: "swift-nio"),
                "Affinity",
                "CAllocations",
                "TileModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
    ]
)
