// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

/// A role that runs on a host of its own: with its network, its host name, and the cluster's DNS as its resolver.
final class Pod {
    let name: String
    let host: HostNetwork.Host
    private let process = Process()
    private let log: URL

    /// Starts `recto` with these arguments.
    init(_ name: String, on host: HostNetwork.Host, resolver: String, secretFile: String, _ arguments: [String]) throws
    {
        self.name = name
        self.host = host
        log = URL(fileURLWithPath: NSTemporaryDirectory() + "recto-pod-\(UUID().uuidString)")
        try Data().write(to: log)
        let enter = """
            mount --bind "$1" /etc/resolv.conf && echo "$2" >/proc/sys/kernel/hostname && shift 2 && exec "$@"
            """
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? ""):/usr/sbin:/sbin",
                HostNetwork.mark, "ip", "netns", "exec", host.namespace,
                "unshare", "--mount", "--uts", "sh", "-c", enter, "sh", resolver, name,
                "\(Programs.folder)/recto",
            ] + arguments + ["--cluster-secret-file", secretFile, "--log", "json"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: log)
    }

    /// As the kubelet stops a pod.
    /// - Returns: its exit status.
    func terminate() async -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        return await ended()
    }

    /// As the kernel does when memory is short.
    func kill9() async {
        kill(process.processIdentifier, SIGKILL)
        _ = await ended()
    }

    private func ended() async -> Int32 {
        let process = Unshared(process)
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                process.value.waitUntilExit()
                continuation.resume()
            }
        }
        return self.process.terminationStatus
    }

    /// A process that is waited for by one thread while nobody else touches it.
    private struct Unshared: @unchecked Sendable {
        let value: Process
        init(_ value: Process) { self.value = value }
    }

    /// Warnings and errors that it has logged.
    var complaints: [String] {
        let lines = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        return lines.filter { line in
            let isSevere = ["warning", "error", "critical"].contains { line.contains("\"level\":\"\($0)\"") }
            return isSevere || !line.hasPrefix("{")
        }
    }

    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}
