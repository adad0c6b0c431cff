// SPDX-License-Identifier: Apache-2.0

/// The times of joining and draining on which members and routers agree.
package enum HandOverTimes {
    /// A draining member waits no longer than this for its documents to be opened elsewhere. Most are opened in
    /// milliseconds; `serve` gives its nodes three seconds in all.
    package static let leaving: Duration = .seconds(2)

    /// A joining member is ready after this at the latest.
    package static let joining: Duration = .seconds(5)
}
