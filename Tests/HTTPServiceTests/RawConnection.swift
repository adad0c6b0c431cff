// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOPosix

/// A client that sends exactly the bytes that it is given. It waits on threads of its own: what it waits for needs those of
/// the tasks.
final class RawConnection: Sendable {
    private let descriptor: CInt

    init(port: Int) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Everything up to the end of the connection; nil where it does not end.
    func readToEnd() async throws -> String? {
        try await NIOThreadPool.singleton.runIfActive { self.everything() }
    }

    private func everything() -> String? {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = received(&bytes, bytes.count)
            if count == 0 { return String(decoding: all, as: UTF8.self) }
            guard count > 0 else { return errno == ECONNRESET ? String(decoding: all, as: UTF8.self) : nil }
            all += bytes[..<count]
        }
    }

    /// The first bytes that come, up to the wanted text.
    func read(until text: String) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive { self.beginning(until: text) }
    }

    private func beginning(until text: String) -> String {
        var all: [UInt8] = []
        var byte: UInt8 = 0
        while received(&byte, 1) == 1 {
            all.append(byte)
            if String(decoding: all, as: UTF8.self).hasSuffix(text) { break }
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// A wait that has a limit of time is not taken up again by the system after the process was stopped.
    private func received(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        while true {
            let result = recv(descriptor, bytes, count, 0)
            guard result < 0, errno == EINTR else { return result }
        }
    }
}
