// SPDX-License-Identifier: Apache-2.0

import CResolver
import Glibc
import NIOPosix

/// Asks DNS servers by way of the C library's resolver, on threads of its own: questions that nobody answers block no other
/// work. A question takes at most `timeout` × `attempts` for each server.
package final class DNSResolver: Sendable {
    /// What was found, and for how long it is good: the shortest time to live of its records.
    package struct Found<Value: Sendable>: Sendable {
        package var value: Value
        package var validFor: Duration
    }

    package struct Service: Sendable, Hashable {
        package var host: String
        package var port: Int
        /// What came along with the answer; may be empty.
        package var addresses: [String]
    }

    private let server: HostAndPort?
    private let threads = NIOThreadPool(numberOfThreads: 2)

    private static let timeout: CInt = 2
    private static let attempts: CInt = 2
    private static let mostRecords = 4096

    /// - Parameter server: an IP address and a port; nil: those of resolv.conf.
    package init(server: HostAndPort? = nil) {
        self.server = server
        threads.start()
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// All IPv4 and IPv6 addresses of a name; at least one.
    package func addresses(of name: String) async throws(DiscoveryError) -> Found<[String]> {
        async let four = answer(name, RECTO_DNS_A)
        async let six = answer(name, RECTO_DNS_AAAA)
        let answers = await [four, six]
        let records = answers.flatMap { (try? $0.get()) ?? [] }.filter { $0.is_answer != 0 }
        let found = records.compactMap(Self.address)
        // Of one kind there often is none; only where nothing is known does it matter why.
        guard !found.isEmpty else {
            let hasFailed = answers.contains { if case .failure(.failed) = $0 { true } else { false } }
            throw hasFailed ? .failed : .notFound
        }
        return Found(value: found, validFor: Self.validFor(records))
    }

    /// The services under a name; at least one.
    package func services(of name: String) async throws(DiscoveryError) -> Found<[Service]> {
        let records = try await answer(name, RECTO_DNS_SRV).get()
        var hosts: [String: [String]] = [:]
        for record in records where record.is_answer == 0 {
            if let address = Self.address(record) { hosts[record.owner.lowercased(), default: []].append(address) }
        }
        let services = records.filter { $0.is_answer != 0 && !$0.host.isEmpty }
        guard !services.isEmpty else { throw .notFound }
        let value = services.map { record in
            Service(host: record.host, port: Int(record.port), addresses: hosts[record.host.lowercased()] ?? [])
        }
        return Found(value: value, validFor: Self.validFor(records))
    }

    private func answer(_ name: String, _ type: Int) async -> Result<[recto_dns_record], DiscoveryError> {
        let server = server
        do {
            return try await threads.runIfActive { Self.query(name, CInt(type), server) }
        } catch {
            return .failure(.failed)
        }
    }

    private static func query(
        _ name: String, _ type: CInt, _ server: HostAndPort?
    ) -> Result<[recto_dns_record], DiscoveryError> {
        var count: CInt = 0
        let records = [recto_dns_record](unsafeUninitializedCapacity: mostRecords) { buffer, initialized in
            count = recto_dns_query(
                name, type, server?.host, UInt16(server?.port ?? 0), timeout, attempts, buffer.baseAddress,
                buffer.count)
            initialized = max(0, Int(count))
        }
        switch Int(count) {
        case 0...: return .success(records)
        case RECTO_DNS_NOT_FOUND: return .failure(.notFound)
        default: return .failure(.failed)
        }
    }

    private static func address(_ record: recto_dns_record) -> String? {
        let isSix = record.type == CInt(RECTO_DNS_AAAA)
        guard isSix || record.type == CInt(RECTO_DNS_A) else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = withUnsafeBytes(of: record.address) {
            inet_ntop(isSix ? AF_INET6 : AF_INET, $0.baseAddress, &text, socklen_t(text.count)) != nil
        }
        return isWritten ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    private static func validFor(_ records: [recto_dns_record]) -> Duration {
        .seconds(records.map(\.ttl).min() ?? 0)
    }
}

extension recto_dns_record {
    fileprivate var owner: String { Self.text(name) }
    fileprivate var host: String { Self.text(target) }

    /// An array of characters of C, which Swift sees as a tuple.
    private static func text<Tuple>(_ tuple: Tuple) -> String {
        withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
