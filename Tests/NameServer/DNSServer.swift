// SPDX-License-Identifier: Apache-2.0

package import Cluster
import Foundation
import Glibc
import Synchronization

/// A dnsmasq of the test's own, on the loopback address.
package final class DNSServer: Sendable {
    package let place: HostAndPort
    /// As programs want it.
    package var address: String { place.description }
    private let process: pid_t
    private let isStopped = Atomic<Bool>(false)
    private let folder: String

    package struct NotStarted: Error {}

    /// - Parameter records: options of dnsmasq.
    package init(_ records: [String]) async throws {
        folder = NSTemporaryDirectory() + "recto-dns-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        place = HostAndPort(host: "127.0.0.1", port: try Self.freePort())
        let path = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq"].first { FileManager.default.isExecutableFile(atPath: $0) }
        process = try Self.spawn(
            path ?? "/usr/sbin/dnsmasq",
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--port=\(place.port)",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=\(folder)/pid", "--user=", "--group=",
                "--local=/test/", "--auth-ttl=1", "--local-ttl=1",
            ] + records)
        let resolver = DNSResolver(server: place)
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            // It answers that there is no such name as soon as it answers at all.
            do throws(DiscoveryError) {
                _ = try await resolver.addresses(of: "nobody.test.")
            } catch .notFound {
                return
            } catch {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        stop()
        throw NotStarted()
    }

    deinit { stop() }

    /// Returns once it is gone.
    package func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Not by `Process`: dnsmasq closes what it inherits, by which `Process` tells that a program has ended, and every other
    /// test that waits for one would wait for dnsmasq.
    private static func spawn(_ path: String, _ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var texts: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var process = pid_t()
        guard posix_spawn(&process, path, &actions, nil, &texts, environ) == 0 else { throw NotStarted() }
        return process
    }

    /// A port of which nobody listens, over UDP and TCP.
    private static func freePort() throws -> Int {
        for _ in 0..<20 {
            let (datagrams, port) = bound(SOCK_DGRAM, 0)
            let (stream, same) = bound(SOCK_STREAM, port)
            close(datagrams)
            close(stream)
            if port > 0, port == same { return Int(UInt16(bigEndian: port)) }
        }
        throw NotStarted()
    }

    /// A socket at that port, or at any for 0. 0 where it cannot be had.
    private static func bound(_ kind: __socket_type, _ port: in_port_t) -> (descriptor: CInt, port: in_port_t) {
        let descriptor = socket(AF_INET, CInt(kind.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = port
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        return (descriptor, isBound ? address.sin_port : 0)
    }
}
