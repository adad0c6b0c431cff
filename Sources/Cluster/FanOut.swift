// SPDX-License-Identifier: Apache-2.0

/// What several members answered that were asked at the same time, and whom the question did not reach.
package struct FanOut<Answer: Sendable>: Sendable {
    package var answers: [(member: MemberState, answer: Answer)] = []
    package var unreached: [MemberState] = []

    /// Both lists are in the order of ids.
    /// - Parameter ask: bounded in time; what it throws counts as not reached.
    package static func to(
        _ members: some Sequence<MemberState>, _ ask: @escaping @Sendable (MemberState) async throws -> Answer
    ) async -> Self {
        await withTaskGroup(of: (MemberState, Answer?).self) { group in
            for member in members { group.addTask { (member, try? await ask(member)) } }
            var result = Self()
            for await (member, answer) in group {
                if let answer { result.answers.append((member, answer)) } else { result.unreached.append(member) }
            }
            result.answers.sort { $0.member.id < $1.member.id }
            result.unreached.sort { $0.id < $1.id }
            return result
        }
    }
}
