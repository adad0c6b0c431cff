// SPDX-License-Identifier: Apache-2.0

import LoadDriver

/// What processes of a run do.
enum ProcessRole: String, CaseIterable, Sendable {
    case router, portal, node, redis
    /// Several of these in one process.
    case mixed
}

/// A cluster that readers are let loose on.
protocol MeasuredCluster: Sendable {
    var target: LoadTarget { get }
    /// Address of an admin port.
    var admin: String { get }
    /// Empty where the processes are somebody else's.
    var processes: [(role: ProcessRole, id: Int32)] { get }
    /// Addresses at which portals and nodes tell what they count; empty where they are not known.
    var members: [String] { get }

    /// Has the numbered event of a scene happen.
    func happen(_ happening: Scene.Happening, _ number: Int) async throws
    func stop()
}

/// Router, portals and nodes as processes of their own, and a Redis where the architecture has one.
struct RolesUnderTest: MeasuredCluster {
    private let cluster: RoleCluster
    private let redis: RedisServer?
    private let options: [String]
    private let nodes: Int
    let target: LoadTarget

    /// - Parameters:
    ///   - folder: for caches, empty.
    ///   - host: the processors that a host application shares with the portal, or with one of the instances where there is
    ///     none, and the others.
    init(
        _ plan: Plan, _ architecture: Architecture, archive: String, tileCache: Int, folder: String,
        host: (shared: [Int], others: [Int])? = nil
    ) async throws {
        nodes = plan.nodes
        var options = [
            "--workers", "\(plan.workers)", "--tile-cache", "\(architecture.isWithoutCache ? 0 : tileCache)",
            "--block-cache", folder,
        ]
        options += plan.members + architecture.members
        if let use = architecture.redis {
            let server = try await RedisServer(megabytes: 512, folder: folder)
            options += [use.rawValue, server.url]
            redis = server
        } else {
            redis = nil
        }
        self.options = options
        cluster = RoleCluster(program: plan.program, archive: ["--archive", archive, "--archive-allow-private"])
        do {
            try cluster.addRouter(
                "router-1", options: ["--policy", architecture.policy] + architecture.routing, processors: host?.others)
            for number in 0..<architecture.portals {
                try cluster.addPortal("portal-\(number + 1)", options: options, processors: host?.shared)
            }
            for number in 0..<plan.nodes {
                let isBeside = architecture.portals == 0 && number == 0
                try cluster.addNode(
                    "node-\(number + 1)", options: options, processors: isBeside ? host?.shared : host?.others)
            }
            guard let target = cluster.target else { throw ServedCluster.Failure("there is no router") }
            self.target = target
        } catch {
            cluster.stop()
            redis?.stop()
            throw error
        }
    }

    var admin: String { cluster.routers.first?.admin ?? "" }
    var members: [String] { (cluster.portals + cluster.nodes).map(\.url) }

    var processes: [(role: ProcessRole, id: Int32)] {
        cluster.routers.map { (.router, $0.processID) } + cluster.portals.map { (.portal, $0.processID) }
            + cluster.nodes.map { (.node, $0.processID) } + (redis.map { [(.redis, $0.processID)] } ?? [])
    }

    func happen(_ happening: Scene.Happening, _ number: Int) async throws {
        switch (happening, number) {
        case (.scaling, 0): try cluster.addNode("node-\(nodes + 1)", options: options)
        case (.scaling, _): cluster.nodes[0].terminate()
        case (.death, _): cluster.nodes[0].kill9()
        case (.nothing, _): break
        }
    }

    func stop() {
        cluster.stop()
        redis?.stop()
    }
}

/// One `recto serve`.
struct ServedUnderTest: MeasuredCluster {
    private let cluster: ServedCluster
    let target: LoadTarget

    init(_ plan: Plan, options: [String], archive: String, tileCache: Int, folder: String) throws {
        cluster = try ServedCluster(
            program: plan.program,
            arguments: [
                "--archive", archive, "--archive-allow-private", "--workers", "\(plan.workers)", "--tile-cache",
                "\(tileCache)", "--block-cache", folder,
            ] + options, log: folder + "/serve.log")
        guard let target = LoadTarget(urls: [cluster.url]) else {
            cluster.stop()
            throw ServedCluster.Failure("“\(cluster.url)” is no address")
        }
        self.target = target
    }

    var admin: String { cluster.adminURL }
    var members: [String] { [] }
    var processes: [(role: ProcessRole, id: Int32)] { [(.mixed, cluster.processID)] }

    func happen(_ happening: Scene.Happening, _ number: Int) async throws {
        throw ServedCluster.Failure("nothing can be made to happen to a served cluster")
    }

    func stop() { cluster.stop() }
}

/// A cluster that is there already, with whatever it holds.
struct ExistingCluster: MeasuredCluster {
    let target: LoadTarget
    let admin: String
    var processes: [(role: ProcessRole, id: Int32)] { [] }
    var members: [String] { [] }

    init(router: String, admin: String) throws {
        guard let target = LoadTarget(urls: [router]), LoadTarget(urls: [admin]) != nil else {
            throw ServedCluster.Failure("an address is http://HOST:PORT")
        }
        self.target = target
        self.admin = admin
    }

    func happen(_ happening: Scene.Happening, _ number: Int) async throws {
        throw ServedCluster.Failure("nothing can be made to happen to a cluster of somebody else")
    }

    func stop() {}
}
