// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOPosix

/// Turns names into addresses. A protocol, so that tests can have a name change its mind.
protocol HostResolver: Sendable {
    /// The host's addresses, the best first; never none.
    func addresses(of host: String) async throws(ArchiveError) -> [NetworkAddress]
}

/// The system's resolver, which also reads the numeric notations: decimal, octal and hexadecimal.
struct SystemResolver: HostResolver {
    func addresses(of host: String) async throws(ArchiveError) -> [NetworkAddress] {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try Self.look(up: host) }
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw .unreachable("\(host): \(error)")
        }
    }

    private static func look(up host: String) throws(ArchiveError) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw .unreachable("\(host): \(String(cString: gai_strerror(status)))") }
        defer { freeaddrinfo(list) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !found.contains(address) { found.append(address) }
            next = entry.pointee.ai_next
        }
        guard !found.isEmpty else { throw .unreachable("\(host) has no address") }
        return found
    }

    private static func address(_ entry: addrinfo) -> NetworkAddress? {
        guard let socket = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { socket in
                NetworkAddress(bytes: withUnsafeBytes(of: socket.pointee.sin_addr) { Array($0) })
            }
        case AF_INET6:
            return socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
                NetworkAddress(bytes: withUnsafeBytes(of: socket.pointee.sin6_addr) { Array($0) })
            }
        default: return nil
        }
    }
}
