// SPDX-License-Identifier: Apache-2.0

import CKernel
import Document
import Glibc

/// An open document and what it reads from.
final class ShelvedDocument {
    let document: any OpenDocument
    let source: any DocumentSource
    fileprivate(set) var lastUse: UInt64 = 0
    private var reported = ReadCount()

    init(_ document: any OpenDocument, _ source: any DocumentSource) {
        self.document = document
        self.source = source
    }

    var isUnchanged: Bool { source.isUnchanged }

    /// What was read since the last call.
    func newReads() -> ReadCount {
        let all = source.reads
        defer { reported = all }
        return ReadCount(calls: all.calls - reported.calls, bytes: all.bytes - reported.bytes)
    }
}

/// The documents that this worker holds open, with their parsed pages, under a budget of bytes.
///
/// PDFium does not tell what a document or a page takes, so the budget is on all that malloc has handed out. What was not
/// used for the longest time goes first: pages, and documents of which no page is held.
final class DocumentShelf {
    private let formats: DocumentFormats
    private let budget: Int
    private let clock = UseClock()
    private var jobStart: UInt64 = 0
    private var documents: [[UInt8]: ShelvedDocument] = [:]

    private let mostDocuments: Int
    /// What malloc had handed out when memory was last given back to the kernel, or more since.
    private var highest = 0

    /// Freed memory goes back to the kernel in steps of this, since looking for it walks through the heap.
    private static let trimStep = 32 << 20

    init(formats: DocumentFormats, budget: Int) {
        self.formats = formats
        self.budget = budget
        // A descriptor per document; the others are for libraries and for documents on their way.
        var limit = rlimit()
        let known = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        mostDocuments = max(100, (known ? Int(clamping: limit.rlim_cur) : 1024) - 100)
    }

    var count: Int { documents.count }

    subscript(key: [UInt8]) -> ShelvedDocument? {
        guard let document = documents[key] else { return nil }
        document.lastUse = clock.tick()
        return document
    }

    func open(_ key: [UInt8], _ source: any DocumentSource, password: [UInt8]?) throws -> ShelvedDocument {
        if documents.count >= mostDocuments { closeOldestDocument() }
        let document = ShelvedDocument(try formats.open(source, password: password, clock: clock), source)
        document.lastUse = clock.tick()
        documents[key] = document
        return document
    }

    func close(_ key: [UInt8]) {
        documents[key] = nil
        guard recto_allocated_bytes() + Self.trimStep < highest else { return }
        trimHeap()
    }

    /// To be called before each job: what the job uses stays.
    func beginJob() { jobStart = clock.value }

    /// Lets go until the budget is met. The document used last stays, and so do the pages that the last job used, however
    /// large they are: the next job most likely needs them again, and a picture of 100 megapixels is 300 MB. With no budget at
    /// all nothing stays.
    func trim() {
        if budget == 0 { documents = [:] }
        let allocated = recto_allocated_bytes()
        highest = max(highest, allocated)
        guard allocated > budget else { return }
        while recto_allocated_bytes() > budget {
            let page = documents.values.filter { $0.document.oldestPageUse != nil }
                .min { $0.document.oldestPageUse! < $1.document.oldestPageUse! }
            let bare = documents.values.filter { $0.document.oldestPageUse == nil }.min { $0.lastUse < $1.lastUse }
            if let page, page.document.oldestPageUse! < bare?.lastUse ?? .max, page.document.oldestPageUse! <= jobStart
            {
                page.document.releaseOldestPage()
            } else if bare != nil, documents.count > 1 {
                closeOldestDocument()
            } else {
                break
            }
        }
        trimHeap()
    }

    private func trimHeap() {
        recto_trim_heap()
        highest = recto_allocated_bytes()
    }

    private func closeOldestDocument() {
        guard let oldest = documents.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        documents[oldest.key] = nil
    }
}
