// SPDX-License-Identifier: Apache-2.0

package import Testing

/// Suites with this trait run one after the other, also those of other targets: PDFium allows one thread at a time, and
/// all test targets share one process.
package struct TakingTurns: SuiteTrait, TestScoping {
    private static let turns = Turns()

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.turns.begin()
        do {
            try await function()
        } catch {
            await Self.turns.end()
            throw error
        }
        await Self.turns.end()
    }
}

extension Trait where Self == TakingTurns {
    package static var takingTurns: Self { Self() }
}

private actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func begin() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func end() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
