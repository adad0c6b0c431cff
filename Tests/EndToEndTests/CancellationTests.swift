// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Logging
import RenderPool
import Testing
import TileModel
import WorkerProtocol

/// The pool with the built worker programs: what nobody waits for any more occupies nobody.
@Suite(.serialized)
struct CancellationTests {
    struct Document: Sendable, CustomTestStringConvertible {
        var path: String
        var testDescription: String { (path as NSString).lastPathComponent }
    }

    /// The fixture draws for seconds; the map is what large pages are really like.
    static var heavy: [Document] {
        var documents = [Document(path: "\(Programs.fixtures)/heavy.pdf")]
        if let corpus = Programs.corpus { documents.append(Document(path: "\(corpus)/bench/map.pdf")) }
        return documents
    }

    private static func job(_ path: String, _ request: WorkerRequest) -> RenderJob {
        RenderJob(documentKey: Array(path.utf8), request: request, lane: .tile) { _ in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            var status = stat()
            fstat(descriptor, &status)
            return RenderSource(
                descriptor: descriptor,
                identity: SourceIdentity(
                    size: Int(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
                    modifiedNanoseconds: status.st_mtim.tv_nsec, changedSeconds: status.st_ctim.tv_sec,
                    changedNanoseconds: status.st_ctim.tv_nsec))
        }
    }

    /// Returns once some worker has worked for 30 ms more than it had when asked.
    private static func untilDrawing() async {
        func worked() -> Int {
            RunningCluster.descendants(of: getpid()).reduce(0) { total, process in
                let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
                // Behind the name: user and system time are the 12th and 13th field, in hundredths of a second.
                let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
                return fields.count > 13 ? total + (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : total
            }
        }
        let before = worked()
        let deadline = ContinuousClock.now + .seconds(10)
        while worked() < before + 3, ContinuousClock.now < deadline { await Task.yield() }
    }

    /// How many times as long something takes here and now as it needs the processor.
    private static func slowness() -> Double {
        func processor() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let (start, used) = (ContinuousClock.now, processor())
        while processor() - used < 0.02 {}
        return max(1, start.duration(to: .now) / .seconds(1) / (processor() - used))
    }

    private static func wholePage(_ page: PageSummary, scale: Int) -> WorkerRequest {
        let size = page.geometry.pixelSize
        return .render(
            Tile(
                page: page.page, region: PixelRegion(x: 0, y: 0, width: size.width, height: size.height),
                size: PixelSize(width: size.width / scale, height: size.height / scale), format: .png),
            pageSize: size)
    }

    private func page(_ pool: RenderPool, _ path: String) async throws -> PageSummary {
        guard case .page(let page) = try await pool.run(Self.job(path, .page(1))).reply else {
            throw CancellationError()
        }
        return page
    }

    @Test(
        "a rendering that nobody waits for stops, and its worker is free within a tenth of a second", arguments: heavy)
    func inTheMiddle(_ document: Document) async throws {
        let pool = RenderPool(
            configuration: RenderPool.Configuration(programFolder: Programs.folder, workers: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await pool.start()
        let small = "\(Programs.fixtures)/letter.pdf"
        let (large, letter) = (try await page(pool, document.path), try await page(pool, small))
        // In tenths of a second of a machine that had nothing else to do.
        var shortest = 100.0
        for _ in 0..<20 where shortest >= 1 {
            let slowness = Self.slowness()
            let drawing = Task { try await pool.run(Self.job(document.path, Self.wholePage(large, scale: 1))) }
            // The pool counts a job as running once it is on its way to the worker.
            let deadline = ContinuousClock.now + .seconds(10)
            while pool.status.running == 0, ContinuousClock.now < deadline { await Task.yield() }
            await Self.untilDrawing()
            let start = ContinuousClock.now
            drawing.cancel()
            _ = try await pool.run(Self.job(small, Self.wholePage(letter, scale: 16)))
            shortest = min(shortest, start.duration(to: .now) / .milliseconds(100) / slowness)
            await #expect(throws: CancellationError.self) { try await drawing.value }
        }
        // One worker, so the small page waits for its place.
        #expect(shortest < 1)
        await pool.shutDown()
    }
}
