// SPDX-License-Identifier: Apache-2.0

import Budgets
import Foundation
import Testing

/// A tree of control groups as the kernel shows it.
private final class FakeGroups {
    let root = NSTemporaryDirectory() + "recto-groups-\(UUID().uuidString)"

    init(_ membership: String, _ files: [String: String]) throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try membership.write(toFile: "\(root)/membership", atomically: true, encoding: .utf8)
        for (path, text) in files {
            let file = "\(root)/groups/\(path)"
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var group: ControlGroup { ControlGroup(membership: "\(root)/membership", hierarchy: "\(root)/groups") }
}

struct ControlGroupTests {
    @Test("the least limit of the group and those above it counts")
    func least() throws {
        let groups = try FakeGroups(
            "0::/pods/one/app\n",
            [
                "pods/one/app/memory.max": "max\n", "pods/one/memory.max": "536870912\n",
                "pods/memory.max": "1073741824\n", "pods/one/app/cpu.max": "150000 100000\n",
                "pods/cpu.max": "400000 100000\n",
            ])
        #expect(groups.group.memory == 512 << 20)
        #expect(groups.group.cores == 2)
    }

    @Test("inside a container the group is the root of what can be seen")
    func container() throws {
        let groups = try FakeGroups("0::/\n", ["memory.max": "268435456\n", "cpu.max": "max 100000\n"])
        #expect(groups.group.memory == 256 << 20 && groups.group.cores == nil)
    }

    @Test("where memory.high is lower than memory.max it counts")
    func high() throws {
        let groups = try FakeGroups("0::/a\n", ["a/memory.max": "1000000000\n", "a/memory.high": "400000000\n"])
        #expect(groups.group.memory == 400_000_000)
    }

    @Test("no limits, nonsense, or control groups of version 1 are no limit")
    func none() throws {
        #expect(try FakeGroups("0::/a\n", ["a/memory.max": "max\n"]).group.memory == nil)
        #expect(try FakeGroups("0::/a\n", ["a/memory.max": "-5\n", "a/cpu.max": "x y\n"]).group.memory == nil)
        #expect(try FakeGroups("3:memory:/a\n", ["a/memory.max": "4096\n"]).group.memory == nil)
        #expect(ControlGroup(membership: "/nowhere", hierarchy: "/nowhere").cores == nil)
    }
}
