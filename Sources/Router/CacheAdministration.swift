// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPService
import NIOCore
import NIOHTTP1
import TileModel

/// What operators see of the caches of all members, and how they empty them: `GET /admin/caches`, `POST /admin/purge`.
struct CacheAdministration: Sendable {
    let core: RouterCore
    let client: ClusterClient

    /// A disk full of blocks takes its time to be looked through.
    private static let patience: Duration = .seconds(8)
    private static let usualLimit = 20

    private var members: [MemberState] {
        core.monitor.view.members.values.map(\.state).filter { $0.role != .router }
    }

    // MARK: Seeing

    func report(_ request: HTTPRequest) -> HTTPReply {
        do {
            let question = try Self.question(request)
            return .later { [self] in
                let found = await FanOut.to(members) {
                    try await client.caches(question, at: $0.clusterAddress, timeout: Self.patience)
                }
                return .json(ClusterCaches(found, limit: question.limit).json)
            }
        } catch {
            return .now(
                Problem(
                    "malformed-query", .badRequest, "The query is malformed.",
                    detail: "“document” is a name, “prefix” the beginning of names, “limit” a number from 1 to "
                        + "\(CacheQuestion.limits.upperBound)."
                ).answer)
        }
    }

    private static func question(_ request: HTTPRequest) throws -> CacheQuestion {
        guard let limit = Int(request.query("limit") ?? "\(usualLimit)"), CacheQuestion.limits.contains(limit) else {
            throw PurgeMessage.Malformed.message
        }
        if let name = request.query("document") {
            return CacheQuestion(.document(try DocumentID(name)), limit: limit)
        }
        return CacheQuestion(.prefix(Array((request.query("prefix") ?? "").utf8)), limit: limit)
    }

    // MARK: Forgetting

    func purge(_ request: HTTPRequest) -> HTTPReply {
        guard let message = try? ClusterCoding.decode(PurgeMessage.self, from: request.body.readableBytesView),
            (try? message.selection()) != nil
        else {
            return .now(
                Problem(
                    "malformed-message", .badRequest, "The message cannot be read.",
                    detail: "Send {\"document\": \"…\"} or {\"prefix\": \"…\"}, percent-encoded, and where you want "
                        + "\"event\": a text of up to 256 bytes that names what happened."
                ).answer)
        }
        return .later { [self] in
            let result = await FanOut.to(members) {
                try await client.purge(message, at: $0.clusterAddress, timeout: Self.patience)
            }
            return Self.answer(result)
        }
    }

    private static func answer(_ result: FanOut<Void>) -> HTTPAnswer {
        let purged = JSON.array(result.answers.map { .string($0.member.id) })
        let unreached = JSON.array(result.unreached.map { .string($0.id) })
        guard !result.unreached.isEmpty else {
            return .json(.object([("purged", purged), ("unreached", unreached)]))
        }
        let names = result.unreached.map(\.id).joined(separator: ", ")
        return Problem(
            "member-unreachable", .badGateway, "Not every member could be reached.",
            detail: "Not reached: \(names). What they hold of older versions they serve no longer than the version "
                + "interval.",
            members: [("purged", purged), ("unreached", unreached)]
        ).answer
    }
}
