// SPDX-License-Identifier: Apache-2.0

package enum ArchiveError: Error, Sendable, Equatable {
    case notFound
    /// The document exists with another version.
    case versionGone
    /// The archive itself failed; trying again may help. The text is for operators.
    case failed(String)
    /// The archive as a whole gives no answer: whatever is asked of it now is most likely not answered either. The text is
    /// for operators.
    case unreachable(String)
    /// It gave none lately, and is not asked again before that is over.
    case suspended(archive: String, seconds: Int)
    /// The archive does not take what it was given: wrong keys, no such bucket. Only other settings help.
    case refused(String)
    /// The archive does not know who asks.
    case unauthenticated
    /// Who asks may not.
    case forbidden
    /// The archive cannot be written to.
    case readOnly
    /// The archive cannot say what it holds.
    case notListable
    /// The document has not the version that a write was conditional on.
    case preconditionFailed
    /// The name cannot be one of this archive's, because of a document or folder that is there.
    case nameTaken
    /// More bytes than allowed.
    case tooLarge(limit: Int)

    /// Whether it says nothing of what was asked for, only that the archive could not tell.
    package var isOutage: Bool {
        switch self {
        case .failed, .unreachable, .suspended, .refused: true
        default: false
        }
    }

    /// All that `label` can be.
    static let labels = [
        "not-found", "version-gone", "failed", "unreachable", "suspended", "refused", "unauthenticated", "forbidden",
        "read-only", "not-listable",
        "precondition-failed", "name-taken", "too-large",
    ]

    /// A bounded label for metrics.
    package var label: String {
        switch self {
        case .notFound: "not-found"
        case .versionGone: "version-gone"
        case .failed: "failed"
        case .unreachable: "unreachable"
        case .suspended: "suspended"
        case .refused: "refused"
        case .unauthenticated: "unauthenticated"
        case .forbidden: "forbidden"
        case .readOnly: "read-only"
        case .notListable: "not-listable"
        case .preconditionFailed: "precondition-failed"
        case .nameTaken: "name-taken"
        case .tooLarge: "too-large"
        }
    }
}
