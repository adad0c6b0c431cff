// SPDX-License-Identifier: Apache-2.0

import CKernel
import Document
import Glibc
import TileModel
import WorkerProtocol

/// Does one job after the other on the thread that calls `run`, the only one that touches an engine.
final class Worker {
    private let channel: FrameChannel
    private let inbox: Inbox
    private let shelf: DocumentShelf
    private let renderer = TileRenderer()
    private let fingerprint: String
    private let search = DocumentSearch()

    /// - Parameter fingerprint: what decides a tile's bytes.
    init(formats: DocumentFormats, fingerprint: String, channel: FrameChannel, inbox: Inbox, memoryBudget: Int) {
        self.channel = channel
        self.inbox = inbox
        self.fingerprint = fingerprint
        shelf = DocumentShelf(formats: formats, budget: memoryBudget)
    }

    /// - Parameter sandbox: what holds of it.
    func run(sandbox: String) throws {
        try channel.send(WorkerFrame.ready(fingerprint: fingerprint, sandbox: sandbox).encoded().head)
        while true {
            switch inbox.next() {
            case .forget(let key): shelf.close(key)
            case .job(let job, let descriptors):
                shelf.beginJob()
                let (head, data) = answer(job, descriptors).encoded()
                try channel.send(head, data: data)
                inbox.finished(job.id)
                shelf.trim()
            }
        }
    }

    private func answer(_ job: WorkerJob, _ descriptors: [CInt]) -> WorkerFrame {
        var report = WorkerReport()
        do throws(WorkerFailure) {
            let document = try open(job, descriptors, &report)
            let reply = try settled(document, job) { () throws(WorkerFailure) in
                try self.reply(to: job, from: document, &report)
            }
            let reads = document.newReads()
            report.reads = reads.calls
            report.readBytes = reads.bytes
            // What was read while the file changed may be a mixture of two versions.
            guard document.isUnchanged else {
                shelf.close(job.documentKey)
                throw .sourceChanged
            }
            finish(&report)
            return .done(job.id, reply, report)
        } catch {
            finish(&report)
            return .failed(job.id, error, report)
        }
    }

    /// What `body` says, unless bytes were missing for it: neither an answer nor a failure counts then, and the document is
    /// closed if its engine remembers what it could not read.
    private func settled<Reply>(
        _ document: ShelvedDocument, _ job: WorkerJob, _ body: () throws(WorkerFailure) -> Reply
    )
        throws(WorkerFailure) -> Reply
    {
        let result: Result<Reply, WorkerFailure>
        do { result = .success(try body()) } catch { result = .failure(error) }
        guard !document.source.isMissingBytes else {
            if !document.document.forgetsFailedReads { shelf.close(job.documentKey) }
            throw .bytesMissing(document.source.takeMissing())
        }
        return try result.get()
    }

    private func finish(_ report: inout WorkerReport) {
        report.openDocuments = shelf.count
        report.allocatedBytes = recto_allocated_bytes()
    }

    private func open(_ job: WorkerJob, _ descriptors: [CInt], _ report: inout WorkerReport) throws(WorkerFailure)
        -> ShelvedDocument
    {
        let arrived = ArrivedSource(job.source, descriptors)
        if let document = shelf[job.documentKey] {
            arrived.replaceFile(of: document.source)
            return document
        }
        let source = try arrived.open()
        guard source.isUnchanged else { throw .sourceChanged }
        let start = Lease.milliseconds()
        defer { report.openMilliseconds = Lease.milliseconds() - start }
        do {
            return try shelf.open(job.documentKey, source, password: job.password)
        } catch  where source.isMissingBytes {
            throw .bytesMissing(source.takeMissing())
        } catch DocumentError.outOfMemory {
            throw .documentTooLarge
        } catch {
            throw source.isUnchanged ? WorkerFailure(error) : .sourceChanged
        }
    }

    private func reply(to job: WorkerJob, from shelved: ShelvedDocument, _ report: inout WorkerReport)
        throws(WorkerFailure) -> WorkerReply
    {
        let document = shelved.document
        do {
            switch job.request {
            case .structure(let first, let count):
                let lease = lease(of: job.id)
                let pages = try document.pages(from: first, count: count) { lease.isOver }
                return .structure(StructurePart(summary: document.summary, pages: pages))
            case .outline: return .outline(try document.outline())
            case .page(let page): return .page(try document.page(page))
            case .render(let tile, let pageSize):
                return .picture(try picture(of: tile, pageSize, document, job.id, &report))
            case .text(let page): return .text(try document.text(of: page))
            case .links(let page): return .links(try document.links(on: page))
            case .search(let text, let first):
                let lease = lease(of: job.id)
                return .search(
                    try search.part(of: document, for: text, from: first) { $0 ? lease.isOverForHits : lease.isOver })
            }
        } catch {
            throw shelved.isUnchanged ? WorkerFailure(error) : .sourceChanged
        }
    }

    private func picture(
        of tile: Tile, _ pageSize: PixelSize, _ document: any OpenDocument, _ job: UInt32, _ report: inout WorkerReport
    ) throws -> Picture {
        let start = Lease.milliseconds()
        let canvas = try renderer.draw(tile, pageSize: pageSize, of: document) { [inbox] in inbox.isCancelled(job) }
        let drawn = Lease.milliseconds()
        let data = try renderer.encode(canvas, as: tile.format)
        report.renderMilliseconds = drawn - start
        report.encodeMilliseconds = Lease.milliseconds() - drawn
        return Picture(format: tile.format, size: canvas.size, data: data)
    }

    private func lease(of job: UInt32) -> Lease { Lease { [inbox] in inbox.isCancelled(job) } }
}

extension WorkerFailure {
    /// The one place where an engine's error becomes the protocol's.
    init(_ error: any Error) {
        switch error {
        case let failure as WorkerFailure: self = failure
        case DocumentError.formatUnknown: self = .formatUnknown
        case DocumentError.damaged(let reason): self = .damaged(reason)
        case DocumentError.otherKind(let kind): self = .otherKind(kind)
        case DocumentError.passwordRequired: self = .passwordRequired
        case DocumentError.passwordWrong: self = .passwordWrong
        case DocumentError.noSuchPage(let pages): self = .noSuchPage(pages: pages)
        case DocumentError.pageSizeDiffers(let page): self = .pageSizeDiffers(page)
        case DocumentError.cancelled: self = .cancelled
        case DocumentError.outOfMemory: self = .tooLarge
        case DocumentError.encoderMissing: self = .formatUnsupported
        default: self = .damaged("\(error)")
        }
    }
}
