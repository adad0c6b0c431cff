// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Cluster
import HTTPService
import NIOCore
import NIOHTTP1

@testable import Router

/// A router over members that all answer with what they were asked.
struct Setting {
    private let running: RunningRouter

    var core: RouterCore { running.core }
    var router: RouterServer { running.router }

    static func start(
        nodes: Int, portals: Int = 0, policies: RoutePolicies = RoutePolicies(),
        configure: (inout RouterConfiguration) -> Void = { _ in }
    ) async throws -> Setting {
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { .now(.text("\($0.method) \($0.target) \($0.path)")) }
        let members =
            (0..<nodes).map { ("node-\($0)", MemberRole.node, echo) }
            + (0..<portals).map { ("portal-\($0)", MemberRole.portal, echo) }
        return Setting(
            running: try await RunningRouter.start(policies: policies, configure: configure, members))
    }

    func stop() async { await running.stop() }

    struct Answer {
        var member: String?
        var text: String
    }

    func ask(
        _ target: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: router.url + target)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        return Answer(
            member: response.headers.first(name: "X-Recto-Node"),
            text: String(buffer: try await response.body.collect(upTo: 10_000)))
    }
}
