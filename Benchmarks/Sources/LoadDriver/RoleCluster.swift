// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A cluster whose roles are processes of their own, as in production: routers, portals and nodes on this machine.
///
/// Roles are added and removed by one task at a time; others may look at them meanwhile.
package final class RoleCluster: Sendable {
    /// One process and where it listens.
    package final class Role: Sendable {
        package let id: String
        /// Of the public port, `http://host:port`.
        package let url: String
        /// `host:port` of the cluster port.
        package let clusterAddress: String
        /// Of a router's admin port, `http://host:port`.
        package let admin: String?
        fileprivate let process: ChildProcess

        fileprivate init(id: String, url: String, clusterAddress: String, admin: String?, process: ChildProcess) {
            self.id = id
            self.url = url
            self.admin = admin
            self.clusterAddress = clusterAddress
            self.process = process
        }

        package var processID: Int32 { process.id }

        package func send(_ signal: Int32) { process.send(signal) }

        /// Kills it and waits until it has gone.
        package func kill9() { process.kill9() }

        /// Asks it to end and waits until it has.
        package func terminate() { process.terminate() }
    }

    private struct Listening: Decodable {
        var url: String
        var cluster: String
        var admin: String?
    }

    private let program: String
    private let archive: [String]
    private let secret = "a secret for the benchmark only"
    private struct Roles {
        var routers: [Role] = []
        var portals: [Role] = []
        var nodes: [Role] = []
    }

    private let roles = Mutex(Roles())

    package var routers: [Role] { roles.withLock { $0.routers } }
    package var portals: [Role] { roles.withLock { $0.portals } }
    package var nodes: [Role] { roles.withLock { $0.nodes } }

    /// - Parameter archive: options that name the archive, for portals and nodes.
    package init(program: String, archive: [String]) {
        self.program = program
        self.archive = archive
    }

    package var target: LoadTarget? { LoadTarget(urls: routers.map(\.url)) }

    /// - Parameter ports: of the front door and the cluster port; of one that is replaced, the same again.
    @discardableResult
    package func addRouter(
        _ id: String, ports: (Int, Int) = (0, 0), options: [String] = [], processors: [Int]? = nil
    ) throws -> Role {
        let role = try start(
            id,
            ["router", "--port", "\(ports.0)", "--cluster-port", "\(ports.1)", "--admin-port", "0"] + options,
            processors)
        roles.withLock { $0.routers.append(role) }
        return role
    }

    @discardableResult
    package func addPortal(_ id: String, options: [String] = [], processors: [Int]? = nil) throws -> Role {
        let role = try start(id, ["portal"] + memberOptions + options, processors)
        roles.withLock { $0.portals.append(role) }
        return role
    }

    @discardableResult
    package func addNode(_ id: String, options: [String] = [], processors: [Int]? = nil) throws -> Role {
        let role = try start(id, ["node"] + memberOptions + options, processors)
        roles.withLock { $0.nodes.append(role) }
        return role
    }

    /// Forgets one that has ended.
    package func remove(_ role: Role) {
        roles.withLock { roles in
            roles.routers.removeAll { $0 === role }
            roles.portals.removeAll { $0 === role }
            roles.nodes.removeAll { $0 === role }
        }
    }

    package func stop() {
        for role in nodes + portals + routers { role.send(SIGKILL) }
        for role in nodes + portals + routers { role.process.waitUntilExit() }
    }

    private var memberOptions: [String] {
        ["--port", "0", "--cluster-port", "0"] + routers.flatMap { ["--join", $0.clusterAddress] } + archive
    }

    /// Returns once the process says where it listens.
    private func start(_ id: String, _ arguments: [String], _ processors: [Int]?) throws -> Role {
        let errors = Pipe()
        let process = try ChildProcess(
            program, arguments + ["--id", id, "--log", "json"], environment: ["RECTO_CLUSTER_SECRET": secret],
            errors: errors, processors: processors)
        var text = Data()
        while true {
            let more = errors.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw ServedCluster.Failure("\(id) did not start: \(String(decoding: text, as: UTF8.self))")
            }
            text += more
            for line in text.split(separator: UInt8(ascii: "\n")) {
                guard let said = try? JSONDecoder().decode(Listening.self, from: line) else { continue }
                // What it says from now on is thrown away, or the pipe would fill.
                errors.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
                return Role(id: id, url: said.url, clusterAddress: said.cluster, admin: said.admin, process: process)
            }
        }
    }
}
