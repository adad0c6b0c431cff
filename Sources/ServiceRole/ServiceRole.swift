// SPDX-License-Identifier: Apache-2.0

package import Access
package import Cluster
import Glibc
package import HTTPService
package import Logging
import Metrics
import NIOHTTP1
import RenderPool
package import TileModel
package import TileService

/// A running portal or node: its public server, its cluster port, its heartbeats and its drain. What differs between the two
/// is the responder.
package final class ServiceRole: Sendable {
    package struct Configuration: Sendable {
        package var id: String
        package var role: MemberRole
        package var host: String
        package var port: Int
        package var clusterPort: Int
        /// The host name or address under which others reach this member; nil: the one that it listens at.
        package var advertise: String?
        /// Cluster ports of the routers.
        package var joins: [String]
        /// Which find more of them.
        package var discoveries: [DiscoverySource] = []
        package var secret: ClusterSecret
        /// The longest that draining may take.
        package var drainDeadline: Duration = .seconds(20)
        /// This member's part of the keys relative to others; nil: as many as it has workers. 0: none.
        package var weight: Int?
        /// The other members as a place that blocks come from; nil where members do not share what they read.
        package var peers: PeerBlocks?
        /// What both servers take of their clients.
        package var limits = HTTPLimits()

        package init(
            id: String, role: MemberRole, host: String, port: Int, clusterPort: Int, advertise: String? = nil,
            joins: [String], secret: ClusterSecret
        ) {
            self.id = id
            self.role = role
            self.host = host
            self.port = port
            self.clusterPort = clusterPort
            self.advertise = advertise
            self.joins = joins
            self.secret = secret
        }
    }

    /// What a responder may need of the role that it answers for.
    package struct Surroundings: Sendable {
        package let isReady: @Sendable () -> Bool
        /// The process's metrics as text, with what of this role can only be read off brought up to date.
        package let metricsText: @Sendable () -> String
        package let client: ClusterClient
        /// The other members, as far as routers name them.
        package let members: @Sendable () -> [MemberState]
        /// What this member holds of a document.
        package let holding: @Sendable (DocumentID) -> DocumentHolding
        package let warming: OwnerWarming
    }

    package let server: HTTPServer
    private let clusterServer: HTTPServer
    private let life: MemberLife
    private let service: DocumentService
    private let announcing: Task<Void, Never>
    private let configuration: Configuration
    private let drains = Counter(label: "recto_drains_total")

    private init(
        _ configuration: Configuration, server: HTTPServer, clusterServer: HTTPServer, life: MemberLife,
        service: DocumentService, announcing: Task<Void, Never>
    ) {
        self.configuration = configuration
        self.server = server
        self.clusterServer = clusterServer
        self.life = life
        self.service = service
        self.announcing = announcing
    }

    /// Starts serving and announcing. The service's pool must have been started.
    /// - Parameter responder: made once addresses and members can be told.
    /// - Throws: `HTTPServer.BindFailure`.
    package static func start(
        _ configuration: Configuration, service: DocumentService,
        metricsText: @escaping @Sendable () -> String, logger: Logger,
        responder: (Surroundings) throws -> any HTTPResponder
    ) async throws -> ServiceRole {
        logger.info("the workers' sandbox holds", metadata: ["sandbox": "\(service.pool.sandbox)"])
        let life = MemberLife()
        let client = ClusterClient(secret: configuration.secret, asker: configuration.id)
        // The cluster port is bound first, but answers only once the member behind it exists.
        let late = LateResponder()
        let clusterServer = try await HTTPServer.start(
            side(configuration, port: configuration.clusterPort), responder: late)
        let host = configuration.advertise ?? reachableHost(configuration.host)
        let clusterAddress = "\(host):\(clusterServer.port)"
        let announcer = Announcer(
            client: client, joins: configuration.joins, discoveries: configuration.discoveries,
            clusterAddress: clusterAddress, logger: logger)
        configuration.peers?.find { announcer.members }
        let sharing = configuration.peers.map { SharedOpening(service, $0, address: clusterAddress) }
        let makeMember: @Sendable (Int) -> ServiceMember = { port in
            ServiceMember(
                id: configuration.id, role: configuration.role, incarnation: incarnation(),
                address: "\(host):\(port)", clusterAddress: clusterAddress, weight: configuration.weight,
                life: life, service: service, sharing: sharing)
        }
        let holder = makeMember(0)
        let surroundings = Surroundings(
            isReady: { life.status == .ready },
            metricsText: {
                service.recordMetrics()
                return metricsText()
            }, client: client, members: { announcer.members },
            holding: { holder.holding(of: $0) },
            warming: OwnerWarming(
                id: configuration.id, client: client, member: { await announcer.member($0) },
                message: { document, owner in
                    await sharing?.message(document, to: owner) ?? WarmMessage(document: document.pathSegment)
                },
                warmHere: { await service.warm($0) }, logger: logger))
        let id = configuration.id
        var publicSide = side(configuration, port: configuration.port)
        publicSide.isMeasured = true
        let server = try await HTTPServer.start(
            publicSide,
            decorate: { $0.replaceOrAdd(name: "X-Recto-Node", value: id) }, responder: try responder(surroundings))
        late.set(ClusterRoutes(member: makeMember(server.port), secret: configuration.secret))
        let announcing = Task {
            // Routers have the member open what will be its own, and it is ready. Where none comes, it does not wait for ever.
            let patience = Task {
                try await Task.sleep(for: HandOverTimes.joining)
                life.advance(to: .ready)
            }
            await announcer.run()
            patience.cancel()
        }
        return ServiceRole(
            configuration, server: server, clusterServer: clusterServer, life: life, service: service,
            announcing: announcing)
    }

    private static func side(_ configuration: Configuration, port: Int) -> HTTPServer.Configuration {
        var side = HTTPServer.Configuration(host: configuration.host, port: port)
        side.limits = configuration.limits
        return side
    }

    /// `host:port` of the cluster port.
    package var clusterAddress: String {
        "\(configuration.advertise ?? Self.reachableHost(configuration.host)):\(clusterServer.port)"
    }

    /// Has the member drain: `untilDraining` returns.
    package func drain() { life.advance(to: .draining) }

    /// Returns once somebody has asked the member to drain.
    package func untilDraining() async { await life.untilDraining() }

    /// Announces that it drains, goes on serving until every router knows and has had the hot documents opened elsewhere,
    /// and every answer has left, or the deadline passes, and stops.
    package func drainAndStop() async {
        life.advance(to: .draining)
        drains.increment()
        let start = ContinuousClock.now
        while ContinuousClock.now < start + configuration.drainDeadline, !(await isDrained(since: start)) {
            try? await Task.sleep(for: .milliseconds(20))
        }
        announcing.cancel()
        await server.shutDown()
        await clusterServer.shutDown()
        await service.pool.shutDown()
    }

    private func isDrained(since start: ContinuousClock.Instant) async -> Bool {
        let isHandedOver = life.isHandedOver() || start + HandOverTimes.leaving < .now
        guard life.isDrainKnown(), isHandedOver, server.activeRequests == 0 else { return false }
        return await server.isQuiet
    }

    /// Milliseconds since 1970: a later start is a later incarnation.
    private static func incarnation() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }

    /// An address of "any" reaches nobody: then the machine's own name does.
    private static func reachableHost(_ host: String) -> String {
        guard ["0.0.0.0", "::", "*"].contains(host) else { return host.contains(":") ? "[\(host)]" : host }
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "127.0.0.1" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
