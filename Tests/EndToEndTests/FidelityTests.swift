// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What is shown equals what the engines draw, and tiles join: `scripts/fidelity`, as far as it gets in about a minute.
@Suite(.serialized, .enabled(if: PythonTools.arePresent, PythonTools.missing))
struct FidelityTests {
    @Test("pictures equal their engines' own, tiles join, members agree, and no golden picture has changed")
    func quick() throws {
        let (status, output) = try PythonTools.execute(
            "\(Programs.repository)/scripts/fidelity",
            ["--quick", "--programs", Programs.folder, "--corpus", Programs.corpus ?? ""])
        #expect(status == 0, "\(output)")
        // An empty run would be no proof.
        #expect(output.contains("application/pdf"), "\(output)")
    }
}
