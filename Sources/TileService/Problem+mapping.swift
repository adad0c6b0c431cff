// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
package import HTTPService
import NIOHTTP1
import RenderPool
import TileModel
import WorkerProtocol

extension Problem {
    /// The one place where errors of documents become HTTP. What only operators should know goes into the log, not in here.
    package init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as DocumentID.Invalid: self.init(error)
        case let error as ImageRequestError: self.init(error)
        case let error as AccessError: self.init(error)
        case let error as ArchiveError: self.init(error)
        case let error as RenderError: self.init(error)
        case is CancellationError:
            self.init("cancelled", .serviceUnavailable, "The request was given up.", retryAfter: 1)
        default: self.init("internal", .internalServerError, "Something went wrong inside Recto.")
        }
    }

    private init(_ error: DocumentID.Invalid) {
        self.init(
            "malformed-document-id", .badRequest, "The document's name is malformed.", detail: error.explanation)
    }

    private init(_ error: ImageRequestError) {
        switch error {
        case .malformed(let part):
            self.init(
                "malformed-image-request", .badRequest, "The image request is malformed.", detail: "Part: \(part).")
        case .regionOutside:
            self.init("region-outside", .badRequest, "The region is empty or lies outside the page.")
        case .sizeEmpty: self.init("size-empty", .badRequest, "The picture would be smaller than a pixel.")
        case .enlargement:
            self.init(
                "enlargement", .badRequest, "The size is larger than the region.",
                detail: "Put “^” before the size to have it enlarged.")
        case .tooLarge(let pixels, let allowed):
            self.init(
                "too-many-pixels", .payloadTooLarge, "The picture has more pixels than allowed.",
                members: [("pixels", .int(pixels)), ("maxArea", .int(allowed))])
        }
    }

    private init(_ error: AccessError) {
        switch error {
        case .unauthenticated: self.init("unauthenticated", .unauthorized, "Say who you are.")
        case .forbidden: self.init("forbidden", .forbidden, "You may not do that.")
        }
    }

    private init(_ error: ArchiveError) {
        switch error {
        case .notFound: self.init("no-such-document", .notFound, "There is no such document.")
        case .versionGone:
            self.init(
                "version-gone", .gone, "The document has another version now.",
                detail: "Take the structure again to see the current one.")
        case .failed: self.init("archive-failed", .badGateway, "The archive failed.", retryAfter: 5)
        case .unreachable: self.init("archive-failed", .badGateway, "The archive gives no answer.", retryAfter: 5)
        case .suspended(_, let seconds):
            self.init("archive-failed", .badGateway, "The archive gives no answer.", retryAfter: max(1, seconds))
        case .refused: self.init("archive-failed", .badGateway, "The archive does not answer as it is set up.")
        case .unauthenticated: self.init(AccessError.unauthenticated)
        case .forbidden: self.init(AccessError.forbidden)
        case .readOnly: self.init("archive-read-only", .methodNotAllowed, "The archive cannot be written to.")
        case .notListable: self.init("not-listable", .notFound, "The archive does not say which documents it has.")
        case .preconditionFailed:
            self.init("precondition-failed", .preconditionFailed, "The document is not as the request demands.")
        case .nameTaken:
            self.init(
                "name-taken", .conflict, "The archive can have no document of that name.",
                detail: "A folder or another document is in its way, or the name is too long.")
        case .tooLarge(let limit):
            self.init(
                "request-too-large", .payloadTooLarge, "The document is larger than allowed.",
                members: [("limit", .int(limit))])
        }
    }

    private init(_ error: RenderError) {
        switch error {
        case .refused(let failure): self.init(failure)
        case .overloaded, .shutDown:
            self.init("overloaded", .serviceUnavailable, "There is more work than can be done now.", retryAfter: 1)
        case .deadline:
            self.init("deadline", .gatewayTimeout, "The page takes longer to render than allowed.")
        case .workerDied:
            self.init(
                "damaged", .unprocessableEntity, "The document cannot be shown.", detail: "Rendering it failed twice.")
        case .quarantined:
            self.init(
                "quarantined", .unprocessableEntity, "The document cannot be shown.",
                detail: "Rendering it failed repeatedly. It will be tried again in a minute.", retryAfter: 60)
        }
    }

    private init(_ failure: WorkerFailure) {
        switch failure {
        case .formatUnknown:
            self.init("format-unknown", .unsupportedMediaType, "The format of this document is not known.")
        case .damaged(let reason):
            self.init("damaged", .unprocessableEntity, "The document is damaged.", detail: reason)
        case .passwordRequired:
            self.init(
                "password-required", .unprocessableEntity, "The document needs a password.",
                detail: "Send it with each request, in the header Recto-Password.")
        case .passwordWrong:
            self.init("password-wrong", .forbidden, "The password does not open the document.")
        case .noSuchPage(let pages):
            self.init(
                "no-such-page", .notFound, "There is no such page.", detail: "Pages go from 1 to \(pages).",
                members: [("pages", .int(pages))])
        case .tooLarge: self.init("too-many-pixels", .payloadTooLarge, "The picture is too large.")
        case .documentTooLarge:
            self.init("document-too-large", .payloadTooLarge, "The document is too large to be shown.")
        case .formatUnsupported: self.init("malformed-image-request", .badRequest, "The picture format is not offered.")
        case .sourceChanged: self.init(ArchiveError.versionGone)
        // The rest is between pool and worker; a size that differs twice is a document that changes under us.
        case .needsSource, .bytesMissing, .otherKind, .cancelled, .pageSizeDiffers:
            self.init("internal", .internalServerError, "Something went wrong inside Recto.")
        }
    }
}
