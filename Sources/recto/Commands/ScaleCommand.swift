// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import Router

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Sets the number of render nodes of a running “recto serve”.",
        discussion: """
            Nodes that are taken away finish what they have. With a range such as 0...4 the number follows the load from \
            then on; with one number it no longer does.
            """)

    @Argument(help: "The number of nodes, 0 to \(AdminRoutes.mostNodes), or a range of numbers: MIN...MAX.")
    var nodes: NodeRange

    @OptionGroup var admin: AdminOptions

    @Flag(help: "Print the answer as JSON.")
    var json = Environment.flag("json")

    func run() async throws {
        let range = nodes.range
        let message =
            range.count == 1
            ? "{\"nodes\":\(range.lowerBound)}"
            : "{\"minimum\":\(range.lowerBound),\"maximum\":\(range.upperBound)}"
        let answer = try await admin.client.call(.PUT, "/admin/scale", message)
        guard !json else { return print(String(decoding: answer, as: UTF8.self)) }
        let number = "\(nodes.description) render \(range == 1...1 ? "node" : "nodes")"
        let suffix = admin.admin == AdminClient.defaultAddress ? "" : " --admin \(admin.admin)"
        print("Scaling to \(number). Watch with: \(Machine.programPath) status --watch\(suffix)")
    }
}
