// SPDX-License-Identifier: Apache-2.0

package import Access
package import HTTPService
package import TileModel
import WorkerProtocol

extension DocumentService {
    /// The whole structure of a document as one JSON value, for the command line.
    package func inspect(_ reference: DocumentReference, _ grant: Grant) async throws -> JSON {
        try await withDocument(reference, grant) { document in
            let (summary, pages) = try await pages(of: document, atMost: .max)
            return .compact([
                ("id", .string(document.document.displayName)),
                ("version", .string(document.version.value)),
                ("format", .string(summary.format)),
                ("title", .optional(summary.title)),
                ("metadata", summary.metadata.json),
                ("pageCount", .int(pages.count)),
                ("pages", .array(pages.map { StructureStream.json($0) })),
                ("outline", .array(try await outline(of: document).map { StructureStream.json($0) })),
            ])
        }
    }
}
