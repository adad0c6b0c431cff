// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import NIOHTTP1
import Router

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Sets the number of render nodes of a running “recto serve”.",
        discussion: "Nodes that are taken away finish what they have.")

    @Argument(help: "The number of nodes, 0 to \(AdminRoutes.mostNodes).")
    var nodes: Int

    @OptionGroup var admin: AdminOptions

    @Flag(help: "Print the answer as JSON.")
    var json = Environment.flag("json")

    func validate() throws {
        guard (0...AdminRoutes.mostNodes).contains(nodes) else {
            throw ValidationError("The number of nodes is from 0 to \(AdminRoutes.mostNodes).")
        }
    }

    func run() async throws {
        let answer = try await admin.call(.PUT, "/admin/scale", "{\"nodes\":\(nodes)}")
        if json {
            print(String(decoding: answer, as: UTF8.self))
        } else {
            print(
                "Scaling to \(nodes) render \(nodes == 1 ? "node" : "nodes"). Watch with: \(Machine.programPath) status --admin \(admin.admin)"
            )
        }
    }
}
