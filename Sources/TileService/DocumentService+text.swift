// SPDX-License-Identifier: Apache-2.0

import RenderPool
import TileModel
import WorkerProtocol

extension DocumentService {
    /// A page's words.
    func text(ofPage page: Int, of document: RequestedDocument) async throws -> PageText {
        let (outcome, _) = try await run(.text(page: page), document, .bulk)
        guard case .text(let text) = outcome.reply else { throw RenderError.workerDied }
        return text
    }

    /// What leads somewhere from a page.
    func links(onPage page: Int, of document: RequestedDocument) async throws -> [PageLink] {
        let (outcome, _) = try await run(.links(page: page), document, .bulk)
        guard case .links(let links) = outcome.reply else { throw RenderError.workerDied }
        return links
    }

    func pageCount(of document: RequestedDocument) async throws -> Int? {
        try await structure(of: document, from: 1, count: 1).summary.pages
    }

    /// What one lease finds from a page on.
    func search(_ query: String, in document: RequestedDocument, from page: Int) async throws -> SearchPart {
        let (outcome, _) = try await run(.search(query, from: page), document, .bulk)
        guard case .search(let part) = outcome.reply else { throw RenderError.workerDied }
        // A worker that was taken over must not keep us going for ever.
        if let next = part.next, next <= page { throw RenderError.workerDied }
        return part
    }
}
