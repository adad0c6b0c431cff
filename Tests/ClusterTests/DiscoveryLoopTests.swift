// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import Synchronization
import Testing

struct DiscoveryScheduleTests {
    @Test("it looks again when what it found is out of date, within bounds")
    func timeToLive() {
        var schedule = DiscoverySchedule()
        #expect(schedule.found(validFor: .seconds(5)) == .seconds(5))
        #expect(schedule.found(validFor: .zero) == .seconds(1))
        #expect(schedule.found(validFor: .seconds(86400)) == .seconds(30))
        #expect(schedule.found(validFor: nil) == .seconds(30))
    }

    @Test("after failures it waits twice as long each time, and starts over when it finds something")
    func failures() {
        var schedule = DiscoverySchedule()
        let pauses = (1...7).map { _ in schedule.failed() }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30].map { Duration.seconds($0) })
        #expect(schedule.isFailing)
        _ = schedule.found(validFor: nil)
        #expect(!schedule.isFailing)
        #expect(schedule.failed() == .seconds(1))
    }
}

struct DiscoveryLoopTests {
    /// Answers each look with the next of a list, and says when the list is through.
    private final class ScriptedDiscovery: MemberDiscovery {
        static let scheme = "script"
        static let form = ""

        private let answers: Mutex<[Result<DiscoveredAddresses, DiscoveryError>]>
        private let ended: AsyncStream<Void>.Continuation
        let end: AsyncStream<Void>

        init(_ answers: [Result<DiscoveredAddresses, DiscoveryError>]) {
            self.answers = Mutex(answers)
            (end, ended) = AsyncStream.makeStream()
        }

        init(_ text: Substring, resolver: DNSResolver) throws(DiscoveryError) { throw .malformed }

        func look() async throws(DiscoveryError) -> DiscoveredAddresses {
            let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let answer else {
                ended.finish()
                throw .failed
            }
            return try answer.get()
        }
    }

    @Test("a look that fails or comes back empty takes nothing away")
    func keepsLastKnown() async {
        let discovery = ScriptedDiscovery([
            .success(DiscoveredAddresses(["a:1"], validFor: .zero)), .failure(.failed),
            .success(DiscoveredAddresses([], validFor: .zero)), .failure(.notFound),
            .success(DiscoveredAddresses(["a:1", "b:1"], validFor: .zero)),
        ])
        let found = Mutex<[Set<String>]>([])
        var configuration = DiscoverySchedule.Configuration()
        configuration.shortest = .milliseconds(1)
        let loop = DiscoveryLoop(
            DiscoverySource(name: "script", discovery: discovery), configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { addresses in found.withLock { $0.append(addresses) } }
        let task = Task { await loop.run() }
        for await _ in discovery.end {}
        task.cancel()
        #expect(found.withLock { $0 } == [["a:1"], ["a:1", "b:1"]])
    }
}
