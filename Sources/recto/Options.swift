// SPDX-License-Identifier: Apache-2.0

import Access
import ArgumentParser
import Budgets
import Glibc
import Logging
import Metrics
import Observability
import TileService

extension LineLogHandler.Style: ExpressibleByArgument {}

/// What is done where the kernel does not give the workers' sandbox.
enum SandboxMode: String, CaseIterable, ExpressibleByArgument {
    /// The role does not start.
    case required
    /// It goes on with the parts that hold.
    case best
}

/// Options of every command that runs for long.
struct LogOptions: ParsableArguments {
    @Option(help: "How log lines are written: text or json.")
    var log: LineLogHandler.Style = Environment.value("log", .text)

    @Option(help: "The least level that is logged: debug, info, notice, warning or error.")
    var logLevel: String = Environment.value("log-level", "info")

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level is one of debug, info, notice, warning, error.")
        }
    }

    /// Installs log and metrics backends. Once a process.
    func bootstrap(member: String) -> (Logger, MetricsRegistry) {
        let (style, level) = (log, Logger.Level(rawValue: logLevel) ?? .info)
        LoggingSystem.bootstrap { label in
            var handler = LineLogHandler(label: label, style: style)
            handler.logLevel = level
            return handler
        }
        var logger = Logger(label: "recto")
        logger[metadataKey: "member"] = "\(member)"
        let registry = MetricsRegistry { [logger] problem in
            logger.error("a metric cannot be shown", metadata: ["error": "\(problem)"])
        }
        MetricsSystem.bootstrap(registry)
        return (logger, registry)
    }
}

/// Options of every command that belongs to a cluster of separate processes.
struct ClusterOptions: ParsableArguments {
    @Option(help: "The stable name of this member. Default: the role and the host's name.")
    var id: String?

    @Option(help: "The port of the cluster's own messages; 0: any free one.")
    var clusterPort: Int = Environment.value("cluster-port", 8090)

    @Option(help: "A file with the secret that all members of the cluster share. Or RECTO_CLUSTER_SECRET.")
    var clusterSecretFile: String?

    @Option(help: "The host name or address under which other members reach this one.")
    var advertise: String?

    func validate() throws { try Ports.validate(clusterPort) }

    func memberID(_ role: String) -> String {
        if let id = id ?? Environment.optional("id") { return id }
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return role }
        // Roles side by side on one host are members of their own.
        return "\(role)-\(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }

    func secret() throws -> ClusterSecret {
        let file = clusterSecretFile ?? Environment.optional("cluster-secret-file")
        let text: String? = try file.map(Self.read) ?? Environment.optional("cluster-secret")
        guard let text else {
            throw ValidationError("Give the cluster's secret: --cluster-secret-file or RECTO_CLUSTER_SECRET.")
        }
        guard let secret = try? ClusterSecret(text) else {
            throw ValidationError("The cluster's secret has fewer than \(ClusterSecret.shortest) characters.")
        }
        return secret
    }

    private static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else {
            throw Failure("\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// Options of every command that renders.
struct ServiceOptions: ParsableArguments {
    @OptionGroup var archives: ArchiveOptions
    @OptionGroup var blocks: BlockOptions
    @OptionGroup var tiers: TierOptions

    @Option(help: "Pages rendered at a time. Default: from the number of cores.")
    var workers: Int?

    @Option(
        name: [.customLong("worker-cache-size"), .customLong("worker-memory")],
        help: """
            Megabytes that one worker may hold in open documents and parsed pages; 0: nothing from job to job. Default: \
            from the memory, 32 to 256.
            """)
    var workerCacheSize: Int?

    @Option(help: "Megabytes of finished tiles kept in memory. Default: from the memory, 32 to 512.")
    var tileCache: Int?

    @Option(help: "Seconds that rendering one page may take.")
    var deadline: Double = Environment.value("deadline", 10)

    @Option(help: "Where Landlock or seccomp do not hold for workers: required (do not start) or best (go on).")
    var sandbox: SandboxMode = Environment.value("sandbox", .best)

    @Option(help: "Seconds for which a document's version is believed current without asking the archive.")
    var versionInterval: Double = Environment.value("version-interval", 5)

    @Option(
        help:
            "The address at which clients reach the cluster, for example https://docs.example.org. Default: as they ask."
    )
    var publicURL: String?

    @Option(help: "The address of the licence or rights statement of the documents, for IIIF viewers.")
    var rights: String?

    @Option(help: "Whether the structure stream carries a picture of page 1: on or off.")
    var preview: Switch = Environment.value("preview", .on)

    var chosenRights: String? { rights ?? Environment.optional("rights") }

    var chosenPublicURL: String? {
        let url: String? = publicURL ?? Environment.optional("public-url")
        return url.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    var routes: DocumentRoutes.Configuration {
        DocumentRoutes.Configuration(publicURL: chosenPublicURL, rights: chosenRights, hasPreview: preview == .on)
    }

    private var chosenWorkerCache: Int? {
        workerCacheSize ?? Environment.optional("worker-cache-size") ?? Environment.optional("worker-memory")
    }
    private var chosenTileCache: Int? { tileCache ?? Environment.optional("tile-cache") }

    /// Bytes for each layer: as chosen, else from the memory of the machine.
    /// - Parameters:
    ///   - members: that share the machine.
    ///   - workers: of one of them.
    func budgets(members: Int, workers: Int) -> (tiles: Int, worker: Int, blocks: Int) {
        let plan = MemoryPlan(memory: Machine.memory, members: members, workers: workers)
        return (
            chosenTileCache.map { $0 << 20 } ?? plan.tileBytes,
            chosenWorkerCache.map { $0 << 20 } ?? plan.workerBytes, plan.blockBytes
        )
    }

    var chosenWorkers: Int? { workers ?? Environment.optional("workers") }

    func validate() throws {
        guard chosenWorkers.map({ (1...256).contains($0) }) ?? true else {
            throw ValidationError("--workers is a number from 1 to 256.")
        }
        guard chosenWorkerCache.map({ (0...65536).contains($0) }) ?? true else {
            throw ValidationError("--worker-cache-size is a number of megabytes from 0 to 65536.")
        }
        guard deadline > 0, deadline <= 600 else { throw ValidationError("--deadline is from 0 to 600 seconds.") }
        guard versionInterval >= 0, versionInterval <= 86400 else {
            throw ValidationError("--version-interval is from 0 to 86400 seconds.")
        }
    }
}

/// What several commands check of their numbers.
enum Ports {
    static func validate(_ ports: Int...) throws {
        guard ports.allSatisfy({ (0...65535).contains($0) }) else {
            throw ValidationError("A port is a number from 0 to 65535.")
        }
    }
}
