// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import Logging
import RenderPool
import ServiceRole
import TileService
import TileTiers

/// The composition root of everything that renders: archive, pool and service, built in the order in which they need one
/// another.
enum Composition {
    /// - Parameters:
    ///   - member: what this process is called; its part of the block cache bears that name.
    ///   - workers: pages rendered at a time.
    ///   - members: that share the machine's memory.
    ///   - peers: the other members, where blocks may come from.
    ///   - hasTiers: false for a command that ends soon.
    /// - Throws: `Failure` for the user.
    static func service(
        _ options: ServiceOptions, member: String, workers: Int, members: Int = 1, peers: PeerBlocks?,
        hasTiers: Bool = true, logger: Logger
    ) async throws -> DocumentService {
        let archive = try await options.archives.open(logger)
        let budgets = options.budgets(members: members, workers: workers)
        let pool = try await pool(options, workers: workers, memory: budgets.worker, logger: logger)
        var configuration = DocumentService.Configuration(
            tileCacheBytes: budgets.tiles,
            blocks: options.blocks.store(member, try BlockPlaces.all(options, peers, logger)))
        configuration.blocks.memoryBudget = budgets.blocks
        configuration.others = peers
        configuration.versionInterval = .seconds(options.versionInterval)
        configuration.staleFor = .seconds(options.archives.staleFor)
        configuration.forwardedHeader = options.archives.chosenForwardHeader
        let tiers = hasTiers ? try options.tiers.open(member, logger) : TierChain()
        let service = DocumentService(
            configuration: configuration, archive: archive,
            access: OpenAccess(allowsWriting: options.archives.writable), pool: pool,
            tiers: tiers, logger: logger)
        Build.announce(rendering: service.rendering)
        return service
    }

    private static func pool(
        _ options: ServiceOptions, workers: Int, memory: Int, logger: Logger
    ) async throws -> RenderPool {
        var configuration = RenderPool.Configuration(
            programFolder: Machine.programFolder, workers: workers)
        configuration.memoryBudget = memory
        // Room for the budget, one page of the largest size in the making, and the libraries.
        configuration.addressSpace = max(2 << 30, 2 * configuration.memoryBudget + (1 << 30))
        configuration.deadline = .seconds(options.deadline)
        configuration.sandboxRequired = options.sandbox == .required
        let pool = RenderPool(configuration: configuration, logger: logger)
        do {
            try await pool.start()
        } catch {
            throw Failure("\(error)")
        }
        return pool
    }
}
