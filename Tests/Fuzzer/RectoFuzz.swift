// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import TileModel
import WorkerProtocol

extension EngineKind: ExpressibleByArgument {}

@main
struct RectoFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recto-fuzz", abstract: "Feeds a worker mutated documents and keeps those that end or hang it.",
        discussion: "Exit code 1 where one did. The same seed and the same folders make the same documents.")

    @Argument(help: "Folders or files with the documents to start from.")
    var seeds: [String]

    @Option(help: "The kind of worker: pdf, raster or drawing.")
    var kind = EngineKind.pdf

    @Option(help: "The worker program. Default: the one of the kind beside this program.")
    var worker: String?

    @Option(help: "Documents to try.")
    var count = 200_000

    @Option(help: "What decides the documents.")
    var seed: UInt64 = 1

    @Option(help: "The number of the first document: goes on where another run ended, or repeats one.")
    var first = 0

    @Option(help: "Seconds after which to stop.")
    var seconds = 3600.0

    @Option(help: "Workers at a time.")
    var workers = 2

    @Option(help: "Seconds that one document may take.")
    var deadline = 10.0

    @Option(help: "Bytes of the largest document to start from.")
    var largest = 1 << 20

    @Option(help: "Where documents are kept that end or hang a worker.")
    var found = "fuzz-found"

    func validate() throws {
        guard count > 0, workers > 0, workers <= 64, deadline > 0, seconds > 0 else {
            throw ValidationError("Numbers must be positive, and --workers at most 64.")
        }
    }

    func run() throws {
        let files = try seeds.flatMap(Self.files).sorted()
        let documents = files.compactMap { path -> Campaign.Seed? in
            guard let bytes = Self.read(path, largest), !bytes.isEmpty else { return nil }
            return Campaign.Seed(name: String(path.split(separator: "/").last ?? ""), bytes: bytes)
        }
        guard !documents.isEmpty else { throw ValidationError("There is no document to start from.") }
        guard mkdir(found, 0o777) == 0 || errno == EEXIST else { throw Failure(found) }

        let start = ContinuousClock.now
        let campaign = Campaign(
            Campaign.Settings(
                worker: worker ?? Self.beside(kind), found: found, count: count, seed: seed,
                deadline: .seconds(deadline), end: start + .seconds(seconds)), seeds: documents, first: first)
        let failure = try run(campaign)
        let counts = campaign.counts
        let rate = Double(counts.cases) / (start.duration(to: .now) / .seconds(1))
        print(
            """
            \(counts.cases) documents from \(documents.count) seeds, \(Int(rate)) a second with \(workers) workers; \
            \(counts.opened) opened, \(counts.deaths) ended the worker, \(counts.late) took too long, \
            \(counts.garbled) garbled
            """)
        if let failure { throw failure }
        if counts.deaths + counts.late + counts.garbled > 0 { throw ExitCode(1) }
    }

    /// Runs on as many threads as there are workers. Returns what stopped one of them early.
    private func run(_ campaign: Campaign) throws -> (any Error)? {
        let ends = (0..<workers).map { _ in ThreadEnd() }
        for end in ends {
            try SystemThread.start("fuzz") {
                do { try campaign.run() } catch { end.failure = error }
                sem_post(end.semaphore)
            }
        }
        for end in ends { while sem_wait(end.semaphore) != 0 {} }
        return ends.lazy.compactMap { $0.failure }.first
    }

    /// `failure` is written before the semaphore is posted and read after it was waited for.
    private final class ThreadEnd: @unchecked Sendable {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        var failure: (any Error)?

        init() { sem_init(semaphore, 0, 0) }
    }

    private static func beside(_ kind: EngineKind) -> String {
        let own = CommandLine.arguments[0]
        return (own.lastIndex(of: "/").map { String(own[...$0]) } ?? "./") + "recto-worker-\(kind.rawValue)"
    }

    private static func files(_ path: String) throws -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure(path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        guard let directory = opendir(path) else { throw Failure(path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return try names.flatMap { try files("\(path)/\($0)") }
    }

    private static func read(_ path: String, _ most: Int) -> [UInt8]? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size <= most, let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            count = fread(buffer.baseAddress!, 1, buffer.count, file)
        }
    }
}
