// SPDX-License-Identifier: Apache-2.0

package import Cluster
import Foundation
import Glibc

/// A dnsmasq of the test's own, on the loopback address.
package final class DNSServer: Sendable {
    package let place: HostAndPort
    /// As programs want it.
    package var address: String { place.description }
    private let process: Process
    private let folder: String
    /// Ends with the process.
    private let ended: AsyncStream<Void>

    package struct NotStarted: Error {}

    /// - Parameter records: options of dnsmasq.
    package init(_ records: [String]) async throws {
        folder = NSTemporaryDirectory() + "recto-dns-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        place = HostAndPort(host: "127.0.0.1", port: try Self.freePort())
        process = Process()
        let path = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq"].first { FileManager.default.isExecutableFile(atPath: $0) }
        process.executableURL = URL(fileURLWithPath: path ?? "/usr/sbin/dnsmasq")
        process.arguments =
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--port=\(place.port)",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=\(folder)/pid", "--user=", "--group=",
                "--local=/test/", "--auth-ttl=1", "--local-ttl=1",
            ] + records
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        let end: AsyncStream<Void>.Continuation
        (ended, end) = AsyncStream.makeStream()
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        let resolver = DNSResolver(server: place)
        let deadline = ContinuousClock.now + .seconds(10)
        while process.isRunning, ContinuousClock.now < deadline {
            // It answers that there is no such name as soon as it answers at all.
            do throws(DiscoveryError) {
                _ = try await resolver.addresses(of: "nobody.test.")
            } catch .notFound {
                return
            } catch {
                await Task.yield()
            }
        }
        await stop()
        throw NotStarted()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Returns once it is gone.
    package func stop() async {
        kill(process.processIdentifier, SIGKILL)
        for await _ in ended {}
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A port of which nobody listens, over UDP and TCP.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw NotStarted() }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
