// SPDX-License-Identifier: Apache-2.0

import Foundation
import LargeDocuments
import NIOHTTP1
import Testing

/// What `/metrics` of running roles says, held against `docs/metrics.md`.
struct MetricsTests {
    /// The names in the tables under one of the document's headings, up to the next of its level.
    private static func documented(under headings: String...) throws -> Set<String> {
        let text = try String(contentsOfFile: "\(Programs.repository)/docs/metrics.md", encoding: .utf8)
        var names: Set<String> = []
        var isUnder = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") { isUnder = headings.contains(String(line.dropFirst(3))) }
            if isUnder, line.hasPrefix("| `") { names.insert(String(line.dropFirst(3).prefix { $0 != "`" })) }
        }
        return names
    }

    private static func families(_ text: String) -> Set<String> {
        Set(text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) })
    }

    private static func value(_ series: String, _ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }

    @Test("each role shows the families that docs/metrics.md names for it, and no other")
    func families() async throws {
        // With every layer that there can be.
        let tiles = try Library()
        let cluster = try RunningCluster(
            try Library(["ten-pages.pdf"]), ["--nodes", "1", "--tile-cache-dir", tiles.path])
        try await cluster.until("the node is ready") { $0.contains { $0.role == "node" && $0.status == "ready" } }
        let node = try #require(try await cluster.readyNodes().first)
        let ofNode = try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text
        #expect(Self.families(ofNode) == (try Self.documented(under: "Portal and node", "Every process")))
        // Router and portal in one process.
        let ofBoth = try await cluster.admin(.GET, "/metrics").text
        #expect(
            Self.families(ofBoth) == (try Self.documented(under: "Portal and node", "Router", "Every process")))
        cluster.stop()
    }

    @Test("what is done is counted: requests, recoveries, reads, jobs, hits")
    func counting() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]), ["--nodes", "1"])
        let node = try #require(try await cluster.readyNodes().first)
        let tile = "http://\(node.address)/iiif/ten-pages.pdf/3/full/100,/0/default.png"
        for _ in 0..<3 { #expect(try await RunningCluster.send(.GET, tile).status == 200) }
        #expect(try await RunningCluster.send(.GET, tile + "x").status == 400)
        #expect(try await RunningCluster.send(.GET, "http://\(node.address)/iiif/none.pdf/1/info.json").status == 404)
        let text = try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text
        #expect(Self.value(#"recto_requests_total{class="tile",outcome="2xx"}"#, text) == 3)
        #expect(Self.value(#"recto_requests_total{class="tile",outcome="4xx"}"#, text) == 1)
        #expect(Self.value(#"recto_requests_total{class="information",outcome="4xx"}"#, text) == 1)
        #expect(Self.value(#"recto_request_duration_seconds_count{class="tile"}"#, text) == 4)
        #expect(Self.value(#"recto_recoveries_total{reason="not-held"}"#, text) == 1)
        #expect(Self.value(#"recto_archive_operations_total{operation="open"}"#, text) == 1)
        #expect(Self.value(#"recto_archive_errors_total{error="not-found",operation="stat"}"#, text) == 1)
        #expect(try #require(Self.value("recto_archive_bytes_total", text)) > 0)
        #expect(Self.value(#"recto_cache_hits_total{layer="tiles-memory"}"#, text) == 2)
        #expect(Self.value(#"recto_cache_misses_total{layer="tiles-memory"}"#, text) == 1)
        #expect(Self.value(#"recto_cache_entries{layer="tiles-memory"}"#, text) == 1)
        for (layer, entries) in [("versions", 1), ("pages", 1), ("open-documents", 1), ("blocks", 0)] {
            #expect(Self.value("recto_cache_entries{layer=\"\(layer)\"}", text) == Double(entries), "\(layer)")
            #expect(Self.value("recto_cache_evictions_total{layer=\"\(layer)\"}", text) == 0, "\(layer)")
        }
        #expect(Self.value(#"recto_cache_misses_total{layer="open-documents"}"#, text) == 1)
        #expect(Self.value("recto_documents_open", text) == 1)
        #expect(try #require(Self.value(#"recto_job_duration_seconds_count{phase="render"}"#, text)) == 1)
        // Of a page that is known by now: what is looked for twice is missed once.
        let other = "http://\(node.address)/iiif/ten-pages.pdf/3/full/101,/0/default.png"
        #expect(try await RunningCluster.send(.GET, other).status == 200)
        let after = try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text
        #expect(Self.value(#"recto_cache_misses_total{layer="tiles-memory"}"#, after) == 2)
        cluster.stop()
    }

    @Test("what the open documents are said to take is what the workers take, within 10 %")
    func workersMemory() async throws {
        let library = try Library(["ten-pages.pdf"])
        LargePDF("\(library.path)/large.pdf", pages: 60)
        let cluster = try RunningCluster(library, ["--nodes", "1", "--workers", "1"])
        let node = try #require(try await cluster.readyNodes().first)
        let process = try #require(cluster.process(ofNode: "node-1"))
        let layer = #"recto_cache_bytes{layer="open-documents"}"#
        func measure(_ tile: String) async throws -> (said: Double, taken: Double) {
            #expect(try await RunningCluster.send(.GET, "http://\(node.address)/iiif/\(tile)").status == 200)
            let text = try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text
            let taken = cluster.workers(of: process).reduce(0) { $0 + Self.anonymous($1) }
            return (try #require(Self.value(layer, text)), Double(taken))
        }
        // The program itself, and what its libraries take once.
        let empty = try await measure("ten-pages.pdf/1/full/100,/0/default.png")
        var full = empty
        for page in 1...60 { full = try await measure("large.pdf/\(page)/full/100,/0/default.png") }
        let said = full.said - empty.said
        let taken = full.taken - empty.taken
        #expect(said > 60e6 && abs(said - taken) <= taken / 10, "said \(said), taken \(taken)")
        cluster.stop()
    }

    /// Bytes of memory that belong to the process alone.
    private static func anonymous(_ process: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("Anonymous:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    @Test("a router says which policies are in force, whom it sees, and what a new node took over")
    func ofTheCluster() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]), ["--nodes", "2"])
        #expect(try await cluster.readyNodes().count == 2)
        #expect(try await cluster.get("/iiif/ten-pages.pdf/3/full/100,/0/default.png").status == 200)
        let text = try await cluster.admin(.GET, "/metrics").text
        #expect(Self.value(#"recto_router_policy{class="tile",policy="document"}"#, text) == 1)
        #expect(Self.value(#"recto_router_policy{class="tile",policy="random"}"#, text) == 0)
        #expect(Self.value(#"recto_router_members{role="node",status="ready"}"#, text) == 2)
        #expect(Self.value(#"recto_router_members{role="node",status="unreachable"}"#, text) == 0)
        // From one node to two, or from none to two at once.
        #expect(try #require(Self.value("recto_router_moved_share", text)) > 0.3)
        #expect(try #require(Self.value(#"recto_router_load_skew{role="node"}"#, text)) >= 1)
        #expect(Self.value(#"recto_router_request_seconds_count{class="tile"}"#, text) == 1)
        #expect(Self.value(#"recto_router_affinity_total{outcome="owner"}"#, text) == 1)
        cluster.stop()
    }

    @Test("a worker that is killed, and what it held, are counted by their reasons")
    func deaths() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]), ["--nodes", "1", "--workers", "1"])
        let node = try #require(try await cluster.readyNodes().first)
        let process = try #require(cluster.process(ofNode: node.id))
        let url = "http://\(node.address)/iiif/ten-pages.pdf"
        #expect(try await RunningCluster.send(.GET, url + "/1/full/90,/0/default.png").status == 200)
        let workers = cluster.workers(of: process)
        for worker in workers { kill(worker, SIGKILL) }
        // Else the job may go to one of which it is not known yet that it has ended.
        _ = try await eventually(
            Self.value(
                #"recto_worker_deaths_total{reason="outside"}"#,
                await RunningCluster.send(.GET, "http://\(node.address)/metrics").text) ?? 0
        ) { $0 >= Double(workers.count) }
        #expect(try await RunningCluster.send(.GET, url + "/2/full/91,/0/default.png").status == 200)
        let text = try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text
        #expect(Self.value(#"recto_recoveries_total{reason="worker-died"}"#, text) == 1)
        #expect(try #require(Self.value(#"recto_worker_deaths_total{reason="outside"}"#, text)) >= 1)
        cluster.stop(expecting: ["a worker ended and is replaced"])
    }

    @Test("Prometheus' own reader takes the text", .enabled(if: PythonTools.arePresent, PythonTools.missing))
    func reader() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]), ["--nodes", "0"])
        _ = try await cluster.get("/iiif/ten-pages.pdf/1/full/100,/0/default.png")
        let file = NSTemporaryDirectory() + "recto-metrics-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let text = try await cluster.get("/metrics").text
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let script = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families
            families = list(text_string_to_metric_families(open(sys.argv[1]).read()))
            assert all(family.documentation and family.type != "unknown" for family in families), families
            print(len(families))
            """
        let (status, output) = try PythonTools.run(["-c", script, file])
        #expect(status == 0, "\(output)")
        #expect(Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) == Self.families(text).count)
        cluster.stop()
    }
}
