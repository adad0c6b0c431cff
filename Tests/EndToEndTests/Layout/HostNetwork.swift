// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

/// Hosts with addresses of their own, each a network namespace, on one bridge that is in a namespace too: nothing of the
/// machine's own network is touched. Goes with everything that runs in it when it is no longer used.
final class HostNetwork: Sendable {
    /// One of the hosts.
    struct Host: Sendable {
        let name: String
        let address: String
        /// As `ip netns` knows it.
        let namespace: String
        /// The bridge's end of its cable.
        let cable: String
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    static let missing: Comment =
        "network namespaces cannot be made here: they need root, iproute2 and dnsmasq (scripts/bootstrap test)"

    /// Whether namespaces can be made, and what they need is there.
    static let isPossible: Bool = {
        let programs = "command -v ip >/dev/null && command -v dnsmasq >/dev/null && command -v unshare >/dev/null"
        guard geteuid() == 0, (try? shell(programs)) != nil else { return false }
        let name = "\(prefix)\(getpid())-probe"
        defer { _ = try? ip("netns del \(name)") }
        return (try? ip("netns add \(name)")) != nil
            && (try? ip("-n \(name) link add br0 type bridge")) != nil
    }()

    private static let prefix = "recto-test-"
    /// Private addresses; whether the machine uses them too does not matter.
    private static let subnet = "10.77.0."
    let gateway = subnet + "1"
    private let own = "\(prefix)\(getpid())-"
    private var hub: String { own + "hub" }

    init() throws {
        Self.removeLeftovers()
        try Self.ip("netns add \(hub)")
        try Self.ip("-n \(hub) link add br0 type bridge")
        try Self.ip("-n \(hub) addr add \(gateway)/24 dev br0")
        try Self.ip("-n \(hub) link set br0 up")
        try Self.ip("-n \(hub) link set lo up")
    }

    deinit { Self.remove { $0.hasPrefix(own) } }

    /// The host of the name server.
    var nameServer: Host { Host(name: "dns", address: gateway, namespace: hub, cable: "") }

    /// Plugs in another host.
    /// - Parameter number: the last part of its address, from 2 to 254.
    func addHost(_ name: String, number: Int) throws -> Host {
        let host = Host(
            name: name, address: "\(Self.subnet)\(number)", namespace: "\(own)\(number)", cable: "v\(number)")
        try Self.ip("netns add \(host.namespace)")
        try Self.ip("link add \(host.cable) netns \(hub) type veth peer name eth0 netns \(host.namespace)")
        try Self.ip("-n \(hub) link set \(host.cable) master br0 up")
        try Self.ip("-n \(host.namespace) addr add \(host.address)/24 dev eth0")
        try Self.ip("-n \(host.namespace) link set eth0 up")
        try Self.ip("-n \(host.namespace) link set lo up")
        return host
    }

    // MARK: Faults

    /// Pulls the host's cable, or puts it back: packets vanish, connections stay as they were.
    func setCable(of host: Host, plugged: Bool) throws {
        try Self.ip("-n \(hub) link set \(host.cable) \(plugged ? "up" : "down")")
    }

    /// What a host sends to another one vanishes, in that direction and between these two only.
    func setBlackhole(from host: Host, to other: Host, _ isThere: Bool) throws {
        try Self.ip("-n \(host.namespace) route \(isThere ? "add" : "del") blackhole \(other.address)/32")
    }

    // MARK: Commands

    /// Runs a command on a host to its end.
    func run(_ command: String, on host: Host) throws {
        try Self.shell("\(Self.mark) ip netns exec \(host.namespace) \(command)")
    }

    /// A variable that everything which runs on the hosts has in its environment: it tells whose it is.
    static let mark = "\(markName)=\(getpid())"
    private static let markName = "RECTO_LAYOUT_TEST"

    @discardableResult
    private static func ip(_ arguments: String) throws -> String { try shell("ip \(arguments)") }

    @discardableResult
    private static func shell(_ command: String) throws -> String {
        let (status, output) = try PythonTools.execute("/bin/sh", ["-c", "PATH=$PATH:/usr/sbin:/sbin; \(command)"])
        guard status == 0 else { throw Failed(description: "\(command): \(output)") }
        return output
    }

    // MARK: The end

    /// What a test that was killed has left: namespaces named after a process that is no more.
    private static func removeLeftovers() {
        remove { name in
            guard name.hasPrefix(prefix), let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }) else {
                return false
            }
            return isGone(process)
        }
        // Namespaces that were made in another mount namespace cannot be asked who is in them.
        for process in (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap({ Int32($0) }) ?? []
        {
            guard let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") else { continue }
            for entry in environment.split(separator: 0) where entry.starts(with: Array("\(markName)=".utf8)) {
                let owner = Int32(String(decoding: entry.dropFirst(markName.utf8.count + 1), as: UTF8.self))
                if let owner, isGone(owner) { kill(process, SIGKILL) }
            }
        }
    }

    private static func isGone(_ process: Int32) -> Bool { process != getpid() && !RunningCluster.isRunning(process) }

    private static func remove(where isMeant: (String) -> Bool) {
        let names = ((try? ip("netns list")) ?? "").split(separator: "\n")
            .compactMap { $0.split(separator: " ").first.map(String.init) }.filter(isMeant)
        for name in names {
            for process in ((try? ip("netns pids \(name)")) ?? "").split(separator: "\n").compactMap({ Int32($0) }) {
                kill(process, SIGKILL)
            }
        }
        for name in names { _ = try? ip("netns del \(name)") }
    }
}
