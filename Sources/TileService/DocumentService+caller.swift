// SPDX-License-Identifier: Apache-2.0

package import HTTPService
import NIOHTTP1
package import TileModel

extension DocumentService {
    /// On whose behalf the archive is to be asked; nil where it does not decide rights. A header that is there twice counts
    /// as none: which of the two would the archive believe?
    package func caller(_ request: HTTPRequest) -> CallerCredential? {
        guard let name = configuration.forwardedHeader else { return nil }
        let values = request.headers[name]
        return CallerCredential(values.count == 1 ? values[0] : nil)
    }
}
