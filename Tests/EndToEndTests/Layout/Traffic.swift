// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// Readers who ask for tiles and structure through all routers, all the time, and note whatever is not as it should be.
final class Traffic: Sendable {
    struct Account: Sendable {
        /// Whole answers, by router.
        var answered: [String: Int] = [:]
        /// Structures that a death cut and that were taken up again with `?from=`.
        var resumed = 0
        /// Requests that went to another router because theirs was cut off.
        var moved = 0
        var failures: [String] = []

        var total: Int { answered.values.reduce(0, +) }
    }

    private struct State {
        /// Routers behind the service's address.
        var routers: [String]
        /// Routers that nobody can reach: requests to them may end without an answer.
        var cut: Set<String> = []
        var account = Account()
        /// The bytes that each tile had first: it must never have others.
        var bytes: [String: [UInt8]] = [:]
        /// Requests under way, by router.
        var underWay: [String: Int] = [:]
        /// What each reader is waiting for, by the router asked and the path.
        var waiting: [String] = Array(repeating: "nothing yet", count: Traffic.readers)
        var isOver = false
        var running = 0
    }

    private let state: Mutex<State>
    private static let readers = 2

    /// Starts to ask from this host.
    init(from host: HostNetwork.Host, routers: [String]) throws {
        state = Mutex(State(routers: routers, running: Self.readers))
        for reader in 0..<Self.readers { try HostClient.enter(host) { self.read(as: reader) } }
    }

    var account: Account { state.withLock { $0.account } }
    var isOver: Bool { state.withLock { $0.running == 0 } }
    func stop() { state.withLock { $0.isOver = true } }

    /// The addresses behind the service from now on.
    func use(_ routers: [String]) { state.withLock { $0.routers = routers } }
    /// What each reader is waiting for, for whoever has to find out why nothing comes.
    var waiting: [String] { state.withLock { $0.waiting } }
    func underWay(at router: String) -> Int { state.withLock { $0.underWay[router] ?? 0 } }

    /// The router is about to be cut off, or is reachable again.
    func setCut(_ router: String, _ isCut: Bool) {
        state.withLock { state in
            if isCut { state.cut.insert(router) } else { state.cut.remove(router) }
        }
    }

    // MARK: A reader

    private static let tiles = ["ten-pages.pdf", "letter.pdf", "links.pdf", "rotated.pdf", "squares.pdf"]
    private static let structures = ["ten-pages.pdf", "links.pdf"]

    private func read(as reader: Int) {
        defer { state.withLock { $0.running -= 1 } }
        var turn = reader
        while !state.withLock({ $0.isOver }) {
            turn += Self.readers
            if turn % 5 == 0 {
                readStructure(of: Self.structures[turn % Self.structures.count], turn)
            } else {
                // Most are at hand somewhere; now and then one is new.
                let width = turn % 7 == 0 ? 40 + turn / 7 % 160 : 30
                let document = Self.tiles[turn % Self.tiles.count]
                readTile("/iiif/\(document)/1/0,0,200,200/\(width),/0/default.png", turn)
            }
            // As fast as a reader scrolls, not as fast as a machine can.
            usleep(10_000)
        }
    }

    private func readTile(_ path: String, _ turn: Int) {
        guard let (router, reply) = ask(path, turn) else { return }
        guard reply.status == 200, reply.isComplete else { return fail(path, router, reply) }
        state.withLock { state in
            if state.bytes[path, default: reply.body] != reply.body {
                state.account.failures.append("\(path) at \(router): other bytes than before")
            }
            state.bytes[path] = reply.body
        }
        succeed(router)
    }

    /// A stream that has begun cannot be moved to another portal: it is taken up again, as the viewer does.
    private func readStructure(of document: String, _ turn: Int) {
        var page = 1
        for attempt in 0..<3 {
            let path = "/documents/\(document)/structure?width=64&from=\(page)"
            guard let (router, reply) = ask(path, turn + attempt) else { return }
            guard reply.status == 200 else { return fail(path, router, reply) }
            let lines = String(decoding: reply.body, as: UTF8.self).split(separator: "\n")
            if reply.isComplete, lines.last?.contains("\"event\":\"end\"") == true { return succeed(router) }
            // The last line may be half of one.
            page += lines.dropLast().count { $0.contains("\"event\":\"page\"") }
            state.withLock { $0.account.resumed += 1 }
        }
        state.withLock { $0.account.failures.append("\(document): the structure was cut three times") }
    }

    /// Asks the routers in turn. Only where a router itself is cut off, the next one.
    private func ask(_ path: String, _ turn: Int) -> (router: String, HostClient.Reply)? {
        for attempt in 0..<2 {
            let router = state.withLock { state in
                let router = state.routers[(turn + attempt) % state.routers.count]
                state.underWay[router, default: 0] += 1
                state.waiting[turn % Self.readers] = "\(router)\(path) since \(ContinuousClock.now)"
                return router
            }
            let isCut = { self.state.withLock { $0.cut.contains(router) } }
            let wasCut = isCut()
            let reply = HostClient.get(path, at: router, port: 8080, unless: isCut)
            state.withLock { state in
                state.underWay[router, default: 1] -= 1
                state.waiting[turn % Self.readers] = "nothing since \(ContinuousClock.now)"
            }
            if reply.isComplete || attempt == 1 || !(wasCut || isCut()) { return (router, reply) }
            state.withLock { $0.account.moved += 1 }
        }
        return nil
    }

    private func succeed(_ router: String) { state.withLock { $0.account.answered[router, default: 0] += 1 } }

    private func fail(_ path: String, _ router: String, _ reply: HostClient.Reply) {
        let text = String(decoding: reply.body.prefix(200), as: UTF8.self)
        state.withLock { state in
            state.account.failures.append(
                "\(path) at \(router): status \(reply.status), whole: \(reply.isComplete), \(text)")
        }
    }
}
