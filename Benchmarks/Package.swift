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
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // Links to the product's own sources: what is measured by itself is built into this package, so that it can be
        // reached without being public.
        .target(name: "Affinity", swiftSettings: settings),
        .target(name: "TileModel", swiftSettings: settings),
        // Counts what a thread allocates.
        .target(name: "CAllocations"),
        .executableTarget(
            name: "recto-bench",
            dependencies: [
                "Affinity",
                "CAllocations",
                "TileModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
    ]
)
