// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own: what measures single functions brings more packages along than the product has.
let package = Package(
    name: "recto-bench-micro",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Without its traits: they count allocations and references, by packages that not everybody can get.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // Links to the product's own sources, so that what is measured can be reached without being public.
        .target(name: "Affinity", swiftSettings: settings),
        .target(name: "HTTPFraming", swiftSettings: settings),
        .target(name: "TileModel", swiftSettings: settings),
        .target(
            name: "TileCache",
            dependencies: [
                "TileModel",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Metrics", package: "swift-metrics"),
            ], swiftSettings: settings),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo"),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate"),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp"),
        .target(name: "CKernel"),
        .target(
            name: "Document",
            dependencies: ["CCairo", "CDeflate", "CKernel", "CTurboJPEG", "CWebP", "TileModel"],
            swiftSettings: settings),
        .executableTarget(
            name: "PureParts",
            dependencies: [
                "Affinity", "CKernel", "Document", "HTTPFraming", "TileCache", "TileModel",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            // The plugin looks for a folder of this name.
            path: "Benchmarks/PureParts", swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
