// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// Why a document cannot be shown. All of these lie with the document or the request, none with the worker.
package enum DocumentError: Error, Equatable {
    case formatUnknown
    case damaged(String)
    case passwordRequired
    case noSuchPage(pages: Int)
    case pageSizeDiffers(PageSummary)
    case cancelled
    case outOfMemory
    case encoderMissing(TileFormat)
}
