// SPDX-License-Identifier: Apache-2.0

package import Logging

/// What the tiers are told when they are opened.
package struct TierSettings: Sendable {
    /// Names what can never work, for people.
    package struct Invalid: Error, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    /// The process; its part of the folder bears that name.
    package var member: String
    /// Where tiles are kept on disk; nil: nowhere.
    package var folder: String?
    /// Bytes of disk.
    package var folderBudget = 2 << 30
    /// The Redis server that all members share, as `redis://…`; nil: none.
    package var redis: String?
    package var logger: Logger

    package init(member: String, logger: Logger) {
        self.member = member
        self.logger = logger
    }
}
