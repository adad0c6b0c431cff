// SPDX-License-Identifier: Apache-2.0

extension Architecture {
    private static let whole = ["--reads", "whole", "--block-sharing", "off"]
    private static let redisSettings = [
        "address of Redis", "its memory", "its policy of eviction", "its persistence off", "its password",
    ]

    /// **Adding one:** a line here.
    package static let all: [Architecture] = [
        Architecture(name: "round-robin", title: "Round-robin", policy: "round-robin", settings: ["policy"]),
        Architecture(name: "random", title: "Random", policy: "random", settings: ["policy"]),
        Architecture(
            name: "least-connections", title: "Least connections", policy: "least-connections", settings: ["policy"]),
        Architecture(
            name: "client-address", title: "Client address", policy: "client-address",
            settings: ["policy", "trusted proxies"]),
        Architecture(
            name: "session-cookie", title: "Session cookie: one user, one node", policy: "session-cookie",
            settings: ["policy"]),
        Architecture(name: "document", title: "One document, one node"),
        Architecture(
            name: "all-in-one-sticky", title: "All-in-one instances, sticky sessions", portals: 0,
            policy: "session-cookie", settings: ["policy"]),
        Architecture(
            name: "all-in-one-round-robin", title: "All-in-one instances, round-robin", portals: 0,
            policy: "round-robin", settings: ["policy"]),
        Architecture(
            name: "whole-round-robin", title: "Whole documents, round-robin", policy: "round-robin", members: whole,
            settings: ["policy", "reads", "block sharing"]),
        Architecture(
            name: "whole-document", title: "Whole documents, one document one node", members: whole,
            settings: ["reads", "block sharing"]),
        Architecture(
            name: "ranges", title: "Ranges without block sharing, one document one node",
            members: ["--reads", "ranges", "--block-sharing", "off"], settings: ["block sharing"]),
        Architecture(
            name: "shared-document", title: "Round-robin, whole documents in Redis", policy: "round-robin",
            members: whole, redis: .documents, settings: ["policy", "reads", "block sharing"] + redisSettings),
        Architecture(
            name: "shared-tiles", title: "Round-robin, tiles in Redis", policy: "round-robin", redis: .tiles,
            settings: ["policy"] + redisSettings),
        Architecture(
            name: "no-cache", title: "No local cache at all, round-robin", policy: "round-robin",
            members: ["--block-sharing", "off", "--block-cache-size", "0", "--worker-cache-size", "0"],
            isWithoutCache: true,
            settings: ["policy", "block sharing", "tile cache", "block cache", "worker cache"]),
        Architecture(
            name: "first-page-by-node", title: "First page by the document's node", routing: ["--first-page", "node"],
            settings: ["first page"]),
        Architecture(
            name: "no-preview", title: "First page by the portal, without preview", members: ["--preview", "off"],
            settings: ["preview"]),
        Architecture(
            name: "served-fixed", title: "Four nodes all day", form: .served(["--nodes", "4"]),
            settings: ["number of nodes"]),
        // A day in a few minutes: what takes ten seconds and a minute by default takes as much less of it.
        Architecture(
            name: "served-autoscaled", title: "One to four nodes, by load (window 2 s, patience 5 s)",
            form: .served(["--autoscale", "1...4", "--autoscale-window", "2", "--autoscale-patience", "5"]),
            settings: ["range of nodes"]),
        Architecture(name: "existing", title: "The cluster that is there", form: .existing, portals: 0),
    ]

    /// What is compared in every scene where nothing else is said.
    package static let usual = ["round-robin", "session-cookie", "document", "all-in-one-sticky", "no-cache"]
    /// And these in one scene each: some of what is said is about them alone.
    package static let usualOnce: [(scene: String, architectures: [String])] = [
        ("steady", ["whole-round-robin", "whole-document", "ranges", "shared-document"]),
        ("slow-archive", ["shared-document"]),
        ("hot-document", ["round-robin", "document"]),
    ]
    package static let quick = ["whole-round-robin", "session-cookie", "document"]
    /// All that differ in how documents are shared out; the others belong to sweeps.
    package static let full = all.filter { $0.form == .roles }.map(\.name)
        .filter { !["first-page-by-node", "no-preview"].contains($0) }
}
