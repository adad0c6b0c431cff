// SPDX-License-Identifier: Apache-2.0

/// The hash modulo the number of members.
final class Modulo: Balancer {
    private let members: [Int]

    init(_ members: [Int]) { self.members = members.sorted() }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int { members[Int(key % UInt64(members.count))] }
}
