// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// The cluster's DNS: dnsmasq, with the records that Kubernetes would have. They change only when they are published, as
/// late as the test wants.
final class ClusterDNS {
    static let domain = "default.svc.cluster.local"

    private let network: HostNetwork
    private let folder: String
    /// Addresses of a headless service's pods, by service and pod.
    private var services: [String: [String: String]] = [:]

    /// What a pod finds at `/etc/resolv.conf`.
    var resolverFile: String { "\(folder)/resolv.conf" }
    private var processFile: String { "\(folder)/pid" }

    init(_ network: HostNetwork) throws {
        self.network = network
        folder = NSTemporaryDirectory() + "recto-dns-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let resolver = """
            nameserver \(network.gateway)
            search \(Self.domain) svc.cluster.local cluster.local
            options ndots:5 timeout:1 attempts:2

            """
        try resolver.write(toFile: resolverFile, atomically: true, encoding: .utf8)
        try publish()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Publishes the address of a pod; nil takes it out.
    func publish(_ pod: String, of service: String, _ address: String?) throws {
        services[service, default: [:]][pod] = address
        try publish()
    }

    /// Nobody answers any more; `publish` starts it again.
    func stop() {
        guard let text = try? String(contentsOfFile: processFile, encoding: .utf8),
            let process = Int32(text.filter(\.isNumber))
        else { return }
        kill(process, SIGKILL)
        while RunningCluster.isRunning(process) { sched_yield() }
        try? FileManager.default.removeItem(atPath: processFile)
    }

    /// dnsmasq reads SRV records only when it starts.
    private func publish() throws {
        stop()
        let configuration = "\(folder)/dnsmasq.conf"
        try records.joined(separator: "\n").write(toFile: configuration, atomically: true, encoding: .utf8)
        // It goes into the background once it answers.
        try network.run("dnsmasq --conf-file=\(configuration)", on: network.nameServer)
    }

    private var records: [String] {
        var lines = [
            "no-resolv", "no-hosts", "user=root", "pid-file=\(processFile)", "local=/cluster.local/", "bind-interfaces",
            "listen-address=\(network.gateway)", "no-dhcp-interface=br0",
        ]
        for (service, pods) in services.sorted(by: { $0.key < $1.key }) {
            for (pod, address) in pods.sorted(by: { $0.key < $1.key }) {
                let name = "\(service).\(Self.domain)"
                lines.append("host-record=\(name),\(address),1")
                lines.append("host-record=\(pod).\(name),\(address),1")
                lines.append("srv-host=_cluster._tcp.\(name),\(pod).\(name),8090")
            }
        }
        return lines + [""]
    }
}
