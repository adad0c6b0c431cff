// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Runs `sandbox-probe` against targets of this process.
final class Probe {
    struct Outcome {
        var holds: String?
        /// By attempt: "done", or the error.
        var results: [String: String]
        /// The signal that ended the probe, or nil.
        var signal: Int32?
        var error: String
    }

    static let fontFolder = "/usr/share/fonts"

    /// Some font of this machine.
    static let font: String? = FileManager.default.enumerator(atPath: fontFolder)?.lazy.compactMap { $0 as? String }
        .first { $0.hasSuffix(".ttf") || $0.hasSuffix(".ttc") || $0.hasSuffix(".otf") }
        .map { "\(fontFolder)/\($0)" }

    private let folder = NSTemporaryDirectory() + "recto-probe-\(UUID().uuidString)"
    private let abstract = "recto-probe-\(UUID().uuidString)"
    private var listening: [CInt] = []
    private var port: UInt16 = 0

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var tcp = sockaddr_in()
        tcp.sin_family = sa_family_t(AF_INET)
        tcp.sin_addr.s_addr = inet_addr("127.0.0.1")
        let server = try listen(AF_INET, &tcp, MemoryLayout<sockaddr_in>.size)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &tcp) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(server, $0, &length) }
        }
        port = UInt16(bigEndian: tcp.sin_port)
        for path in ["\(folder)/socket", "\0" + abstract] {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            _ = try listen(AF_UNIX, &address, MemoryLayout<sa_family_t>.size + path.utf8.count)
        }
    }

    deinit {
        for descriptor in listening { close(descriptor) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func listen<Address>(_ family: CInt, _ address: inout Address, _ length: Int) throws -> CInt {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue), 0)
        listening.append(descriptor)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
        }
        guard bound == 0, Glibc.listen(descriptor, 64) == 0 else { throw POSIXError(.init(rawValue: errno)!) }
        return descriptor
    }

    /// - Parameter layer: `all`, `landlock` or `none`.
    func run(_ layer: String, _ attempts: [String]) throws -> Outcome {
        try Data("victim".utf8).write(to: URL(fileURLWithPath: "\(folder)/victim"))
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("sandbox-probe")
        let built = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../.build/debug/sandbox-probe")
        let process = Process()
        process.executableURL = FileManager.default.fileExists(atPath: beside.path) ? beside : built
        process.arguments = [
            layer, attempts.joined(separator: ","), "\(getpid())", "\(port)", "\(folder)/socket", abstract,
            Self.font ?? "", Self.fontFolder, folder,
        ]
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var results: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.components(separatedBy: ": ")
            results[parts[0]] = parts.dropFirst().joined(separator: ": ")
        }
        return Outcome(
            holds: results.removeValue(forKey: "holds"), results: results,
            signal: process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil, error: complaint)
    }
}
