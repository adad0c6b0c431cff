// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// Why a document cannot be shown. All of these lie with the document or the request, none with the worker.
package enum DocumentError: Error, Equatable {
    case formatUnknown
    /// The format is known to another kind of worker.
    case otherKind(EngineKind)
    case damaged(String)
    case passwordRequired
    /// The password that came with the request does not open it.
    case passwordWrong
    case noSuchPage(pages: Int)
    case pageSizeDiffers(PageSummary)
    case cancelled
    case outOfMemory
    case encoderMissing(TileFormat)
    /// The source has noted which bytes are not at hand yet.
    case bytesMissing
}
