// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// The built programs, driven from outside as a user does.
enum Programs {
    /// The folder of the built programs: where this test lies.
    static let folder: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = (own as NSString).deletingLastPathComponent
        if FileManager.default.fileExists(atPath: beside + "/recto") { return beside }
        return "\(repository)/.build/debug"
    }()

    static let repository: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    static let fixtures = "\(repository)/Tests/Fixtures"

    /// The documents that the project is tried on beyond its fixtures; not everybody has them.
    static let corpus: String? = {
        let path = ProcessInfo.processInfo.environment["RECTO_CORPUS"] ?? "\(repository)/../shared/corpus"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    struct Outcome {
        var status: Int32
        var output: String
        var error: String
    }

    /// Runs `recto` to its end.
    /// - Parameter program: another program to run.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], program: String = "recto"
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(folder)/\(program)")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // One that should have ended and runs on is told by its signal, not by tests that hang.
        let id = process.processIdentifier
        let limit = DispatchWorkItem { kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 600, execute: limit)
        defer { limit.cancel() }
        // Errors are short and fit the pipe; output may not.
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            error: String(decoding: complaint, as: UTF8.self))
    }
}

/// A temporary folder with documents.
final class Library: Sendable {
    let path: String

    /// - Parameter fixtures: names of documents in `Tests/Fixtures`.
    init(_ fixtures: [String] = []) throws {
        path = NSTemporaryDirectory() + "recto-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in fixtures { try copy(name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func copy(_ fixture: String, as name: String? = nil) throws {
        try Data(contentsOf: URL(fileURLWithPath: "\(Programs.fixtures)/\(fixture)"))
            .write(to: URL(fileURLWithPath: "\(path)/\(name ?? fixture)"))
    }
}

/// A `recto serve` of the built program.
final class RunningCluster: Sendable {
    let url: String
    let admin: String
    let processID: Int32
    private let process: Process
    private let log: URL
    /// Its folder goes with it: it must outlive the cluster.
    private let library: Library

    struct NotStarted: Error {
        let log: String
    }

    /// - Parameters:
    ///   - archives: what to serve in place of the library.
    ///   - environment: added to that of the tests.
    init(
        _ library: Library, _ arguments: [String] = ["--nodes", "2"], archives: [String]? = nil,
        environment: [String: String] = [:]
    ) throws {
        self.library = library
        log = URL(fileURLWithPath: NSTemporaryDirectory() + "recto-log-\(UUID().uuidString)")
        try Data().write(to: log)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/recto")
        process.arguments =
            ["serve", "--port", "0", "--admin-port", "0", "--json", "--log", "json"]
            + (archives ?? [library.path]).flatMap { ["--archive", $0] } + arguments
        // A process that stalls for a second on a busy machine is not to lose its documents to others.
        process.environment = ProcessInfo.processInfo.environment
            .merging(["RECTO_FALL": "12"]) { $1 }.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processID = process.processIdentifier
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8), !byte.isEmpty {
            line += byte
        }
        guard let addresses = try? JSONDecoder().decode([String: String].self, from: line),
            let url = addresses["url"], let admin = addresses["admin"]
        else { throw NotStarted(log: (try? String(contentsOf: log, encoding: .utf8)) ?? "") }
        self.url = url
        self.admin = admin
        awaitMembers(arguments)
    }

    /// `serve` tells its addresses after a few seconds, whoever is ready then. Some tests start clusters that never are.
    private func awaitMembers(_ arguments: [String]) {
        let nodes = arguments.firstIndex(of: "--nodes").flatMap { Int(arguments[$0 + 1]) }
        let deadline = ContinuousClock.now + .seconds(15)
        while process.isRunning, ContinuousClock.now < deadline {
            let answer = Self.raw("GET /admin/nodes HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", to: admin)
            let body = String(decoding: answer, as: UTF8.self).components(separatedBy: "\r\n\r\n").last ?? ""
            let object = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any]
            let members = (object?["members"] as? [[String: Any]] ?? []).map { Member($0) }
            let ready = members.filter { $0.status == "ready" && $0.isReachable }
            if ready.contains(where: { $0.role == "portal" }), ready.count == members.count,
                nodes.map({ wanted in ready.count { $0.role == "node" } >= wanted }) ?? true
            {
                return
            }
            usleep(20_000)
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: log)
    }

    // MARK: Requests

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var node: String? { headers.first(name: "X-Recto-Node") }
        /// The last part of a problem's type.
        var problem: String? { json("type", as: String.self).map { String($0.split(separator: ":").last ?? "") } }
        /// Where a tile was found: memory, disk or shared; `miss` where it was made.
        var layer: Substring? {
            guard let timing = headers.first(name: "Server-Timing"), let name = timing.range(of: "cache;desc=") else {
                return nil
            }
            return timing[name.upperBound...].prefix { $0 != "," }
        }
        var isHit: Bool { layer.map { $0 != "miss" } ?? false }

        /// A value of a JSON answer.
        func json<Value>(_ name: String, as type: Value.Type = Value.self) -> Value? {
            (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])?[name] as? Value
        }

        /// The events of a structure stream.
        var events: [[String: Any]] {
            text.split(separator: "\n").compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
            }
        }
    }

    static func send(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: String? = nil,
        timeout: TimeAmount = .seconds(30)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
    }

    func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await Self.send(.GET, url + path, headers: headers)
    }

    func admin(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await Self.send(method, admin + path, body: body)
    }

    /// The status of a GET whose target goes out byte for byte: client libraries correct what is malformed.
    func rawStatus(_ target: String) -> Int {
        let answer = raw("GET \(target) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        return answer.count < 12 ? 0 : Int(String(decoding: answer[9..<12], as: UTF8.self)) ?? 0
    }

    /// What comes back for bytes that are sent as they are, until the connection closes or nothing has come for a while.
    func raw(_ text: String, patience: Int32 = 30_000) -> [UInt8] { Self.raw(text, to: url, patience: patience) }

    private static func raw(_ text: String, to url: String, patience: Int32 = 30_000) -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = (url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return [] }
        var unsent = Array(text.utf8)[...]
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            var events = pollfd(fd: descriptor, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0)
            guard poll(&events, 1, patience) > 0 else { return answer }
            if events.revents & Int16(POLLOUT) != 0 {
                let part = Array(unsent.prefix(65_536))
                let sent = Glibc.send(
                    descriptor, part, part.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                guard sent > 0 else { return answer }
                unsent = unsent.dropFirst(sent)
            }
            if events.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return answer }
                answer += chunk[..<count]
            }
        }
    }

    // MARK: Members

    struct Member: Sendable {
        var id: String
        var role: String
        var status: String
        var isReachable: Bool
        var address: String
        var incarnation: Int

        /// As the admin port describes it.
        init(_ member: [String: Any]) {
            id = member["id"] as? String ?? ""
            role = member["role"] as? String ?? ""
            status = member["status"] as? String ?? ""
            isReachable = member["reachable"] as? Bool ?? false
            address = member["address"] as? String ?? ""
            incarnation = member["incarnation"] as? Int ?? 0
        }
    }

    func members() async throws -> [Member] {
        let answer = try await admin(.GET, "/admin/nodes")
        let members = answer.json("members", as: [[String: Any]].self) ?? []
        return members.map(Member.init)
    }

    func readyNodes() async throws -> [Member] {
        try await members().filter { $0.role == "node" && $0.status == "ready" && $0.isReachable }
    }

    /// Asks until the members are as wanted.
    func until(
        _ what: String, seconds: Double = 15, _ condition: ([Member]) -> Bool,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if condition(try await members()) { return }
        }
        Issue.record("the cluster did not get to: \(what): \(try await members())", sourceLocation: location)
    }

    // MARK: Processes

    /// The processes below one, itself left out.
    static func descendants(of parent: Int32) -> [Int32] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        var children: [Int32: [Int32]] = [:]
        for process in processes {
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let close = stat.lastIndex(of: ")")
            else { continue }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            // A process that has ended and only waits to be counted is none.
            guard fields.count > 1, fields[0] != "Z", let above = Int32(fields[1]) else { continue }
            children[above, default: []].append(process)
        }
        var result: [Int32] = []
        var open = [parent]
        while let next = open.popLast() {
            result += children[next] ?? []
            open += children[next] ?? []
        }
        return result
    }

    static func isRunning(_ process: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let close = stat.lastIndex(of: ")")
        else { return false }
        return stat[stat.index(close, offsetBy: 2)] != "Z"
    }

    static func command(_ process: Int32) -> String {
        ((try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? "")
            .replacingOccurrences(of: "\0", with: " ")
    }

    /// The process of a node.
    func process(ofNode id: String) -> Int32? {
        Self.descendants(of: processID).first {
            // As the README finds it.
            Self.command($0).contains(" node ") && Self.command($0).hasSuffix("--supervised --id \(id) ")
        }
    }

    func workers(of process: Int32) -> [Int32] {
        Self.descendants(of: process).filter { Self.command($0).contains("recto-worker") }
    }

    // MARK: The end

    /// Stops the cluster as Ctrl-C does and checks how it went.
    /// - Parameter expected: parts of warnings that the test has caused on purpose.
    func stop(expecting expected: [String] = [], location: SourceLocation = #_sourceLocation) {
        let all = Self.descendants(of: processID)
        let start = ContinuousClock.now
        kill(processID, SIGTERM)
        process.waitUntilExit()
        let took = start.duration(to: .now)
        // Four and a half are what is given to those who do not end by themselves.
        #expect(took < .seconds(15), "stopping took \(took)", sourceLocation: location)
        #expect(process.terminationStatus == 0, sourceLocation: location)
        #expect(all.filter(Self.isRunning).isEmpty, "processes were left behind", sourceLocation: location)
        checkLog(expecting: expected, location)
    }

    /// What has been logged so far.
    var logLines: [String] {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Every warning and error in the log is one that the test has announced.
    private func checkLog(expecting expected: [String], _ location: SourceLocation) {
        for line in logLines where line != "recto: stopping" {
            let isJSON = line.hasPrefix("{")
            let isSevere = ["\"level\":\"warning\"", "\"level\":\"error\"", "\"level\":\"critical\""].contains {
                line.contains($0)
            }
            guard !isJSON || isSevere, !expected.contains(where: { line.contains($0) }) else { continue }
            Issue.record("unannounced in the log: \(line)", sourceLocation: location)
        }
    }
}
