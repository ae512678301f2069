// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "trompe",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "trompe", targets: ["trompe"]),
        // For tests: preloaded into a server, it lets that server's clock go wrong.
        .library(name: "FakeClock", type: .dynamic, targets: ["CFakeClock"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(name: "CSchema"),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: strict),
        .target(
            name: "Replication",
            dependencies: [
                "CSchema", "Postgres",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "trompe",
            dependencies: [
                "CSchema", "Postgres", "Replication",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        // Not a part of the product: script/bench runs it.
        .executableTarget(
            name: "TrompeBench",
            dependencies: [
                "Postgres", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .target(name: "CFakeClock", path: "Tests/CFakeClock"),
        .target(
            name: "TestSupport",
            dependencies: ["Postgres", "Replication"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        // Optimised in debug builds too: it tries millions of states.
        .target(
            name: "ReplicationModel",
            path: "Tests/ReplicationModel",
            swiftSettings: strict + [.unsafeFlags(["-O"])]
        ),
        .testTarget(
            name: "PostgresTests", dependencies: ["TestSupport", "Postgres"], swiftSettings: strict),
        .testTarget(
            name: "ReplicationTests",
            dependencies: ["TestSupport", "Replication", "ReplicationModel"],
            swiftSettings: strict),
        .testTarget(
            name: "TrompeTests", dependencies: ["TestSupport", "trompe"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x
)
