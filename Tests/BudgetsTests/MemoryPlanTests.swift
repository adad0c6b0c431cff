// SPDX-License-Identifier: Apache-2.0

import Budgets
import Testing

struct MemoryPlanTests {
    @Test("a large machine gives each layer what it can make use of, and no more")
    func large() {
        let plan = MemoryPlan(memory: 64 << 30, workers: 4)
        #expect(plan.tileBytes == 512 << 20 && plan.workerBytes == 256 << 20 && plan.blockBytes == 64 << 20)
    }

    @Test("a small one gives what a single reader needs")
    func small() {
        let plan = MemoryPlan(memory: 256 << 20, workers: 1)
        #expect(plan.tileBytes == 32 << 20 && plan.workerBytes == 38 << 20 && plan.blockBytes == 8 << 20)
    }

    @Test(
        "budgets never take more than three quarters together, from 512 MiB for each member on",
        arguments: [1, 2, 4, 8, 24, 64], [(1, 1), (1, 4), (3, 1), (5, 2)])
    func sum(gigabytes: Int, shape: (members: Int, workers: Int)) {
        let memory = gigabytes << 30
        guard memory / shape.members >= 512 << 20 else { return }
        let plan = MemoryPlan(memory: memory, members: shape.members, workers: shape.workers)
        let each = plan.tileBytes + plan.blockBytes + (3 * shape.workers + 1) * plan.workerBytes
        #expect(each * shape.members * 4 <= memory * 3)
    }

    @Test("members that share a machine get equal parts of it")
    func members() {
        #expect(
            MemoryPlan(memory: 8 << 30, members: 4, workers: 2) == MemoryPlan(memory: 2 << 30, members: 1, workers: 2))
    }
}
