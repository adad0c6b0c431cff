// SPDX-License-Identifier: Apache-2.0

import CNamespaces
import Foundation
import Glibc

/// Requests that are sent from one of the hosts: a thread that has entered the host's namespace makes the sockets.
enum HostClient {
    /// What came back, or did not.
    struct Reply: Sendable {
        /// 0: no answer began.
        var status = 0
        var body: [UInt8] = []
        /// All of the body is there.
        var isComplete = false
    }

    struct CannotEnter: Error {}

    /// Runs `body` on a thread of its own within the host's network.
    static func enter(
        _ host: HostNetwork.Host, _ body: @escaping @Sendable () -> Void,
        orElse: @escaping @Sendable () -> Void = {}
    ) throws {
        let namespace = open("/run/netns/\(host.namespace)", O_RDONLY | O_CLOEXEC)
        guard namespace >= 0 else { throw CannotEnter() }
        Thread.detachNewThread {
            defer { close(namespace) }
            guard recto_enter_network(namespace) == 0 else { return orElse() }
            body()
        }
    }

    /// One request from a host, for anybody.
    static func fetch(
        _ path: String, at address: String, port: UInt16, from host: HostNetwork.Host
    ) async throws -> Reply {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try enter(host) {
                    continuation.resume(returning: get(path, at: address, port: port) { false })
                } orElse: {
                    continuation.resume(throwing: CannotEnter())
                }
            } catch { continuation.resume(throwing: error) }
        }
    }

    /// One request of a connection of its own, for a thread that has entered a host.
    /// - Parameter isPointless: asked ten times a second; true ends the wait.
    static func get(_ path: String, at address: String, port: UInt16, unless isPointless: () -> Bool) -> Reply {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        defer { close(descriptor) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = inet_addr(address)
        let started = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard started == 0 || errno == EINPROGRESS, wait(descriptor, POLLOUT, isPointless) else { return Reply() }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: recto\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return Reply()
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while wait(descriptor, POLLIN, isPointless) {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return reply(bytes)
    }

    /// The longest wait for one step, in tenths of a second.
    private static let patience = 200

    private static func wait(_ descriptor: Int32, _ event: Int32, _ isPointless: () -> Bool) -> Bool {
        for _ in 0..<patience {
            var events = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            if poll(&events, 1, 100) > 0 { return true }
            if isPointless() { return false }
        }
        return false
    }

    private static func reply(_ bytes: [UInt8]) -> Reply {
        guard bytes.count > 12, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return Reply() }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        var reply = Reply()
        reply.status = Int(head.dropFirst(9).prefix(3)) ?? 0
        let body = bytes[end.upperBound...]
        if let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }) {
            reply.body = Array(body)
            reply.isComplete = Int(field.dropFirst(15).filter { $0 != " " }) == body.count
        } else {
            (reply.body, reply.isComplete) = joined(body)
        }
        return reply
    }

    /// A chunked body as far as it came.
    private static func joined(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], isComplete: Bool) {
        var rest = bytes
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            guard let count = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) else { break }
            if count == 0 { return (body, true) }
            body += rest[line.upperBound...].prefix(count)
            rest = rest[line.upperBound...].dropFirst(count + 2)
        }
        return (body, false)
    }
}
