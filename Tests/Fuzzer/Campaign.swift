// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Many cases, each made from its number alone: case 4711 of a seed is the same document whoever runs it.
final class Campaign: Sendable {
    struct Settings: Sendable {
        var worker: String
        var found: String
        var count: Int
        var seed: UInt64
        var deadline: Duration
        /// When to stop in any case.
        var end: ContinuousClock.Instant
    }

    struct Counts: Sendable {
        var cases = 0
        var opened = 0
        var deaths = 0
        var late = 0
        var garbled = 0
    }

    struct Seed: Sendable {
        var name: String
        var bytes: [UInt8]
    }

    private struct State {
        var next: Int
        var counts = Counts()
    }

    private let settings: Settings
    private let seeds: [Seed]
    private let first: Int
    private let state: Mutex<State>

    /// - Parameter first: the number of the first case.
    init(_ settings: Settings, seeds: [Seed], first: Int) {
        self.settings = settings
        self.seeds = seeds
        self.first = first
        state = Mutex(State(next: first))
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// The document of a case, and the seed that it was made from.
    func document(_ number: Int) -> (bytes: [UInt8], name: String) {
        var random = SeededGenerator(seed: settings.seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(number))
        let (one, other) = (seeds[random.below(seeds.count)], seeds[random.below(seeds.count)])
        var mutator = Mutator(seed: random.next())
        return (mutator.mutate(one.bytes, with: other.bytes), one.name)
    }

    /// Runs cases with one worker until all are done. Any number of threads may do so at a time.
    func run() throws {
        let worker = FuzzedWorker(program: settings.worker, deadline: settings.deadline)
        while let number = takeNumber() {
            let (bytes, name) = document(number)
            let verdict = try worker.take(bytes)
            state.withLock { state in
                state.counts.cases += 1
                switch verdict {
                case .answered(let opened): state.counts.opened += opened ? 1 : 0
                case .died: state.counts.deaths += 1
                case .late: state.counts.late += 1
                case .garbled: state.counts.garbled += 1
                }
            }
            if case .answered = verdict { continue }
            try keep(bytes, name, number, verdict, worker)
        }
    }

    private func takeNumber() -> Int? {
        state.withLock { state in
            guard state.next < first + settings.count, ContinuousClock.now < settings.end else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Tries the document alone in a worker of its own, makes it smaller, and writes it down.
    private func keep(
        _ bytes: [UInt8], _ name: String, _ number: Int, _ verdict: Verdict, _ worker: FuzzedWorker
    ) throws {
        let again = try worker.take(bytes)
        let (word, rounds) = verdict == .late ? ("late", 0) : ("death", 200)
        let smallest = again == verdict ? try smaller(bytes, again, rounds, worker) : bytes
        let file = "\(settings.found)/\(settings.seed)-\(number)-\(word)-\(name)"
        try write(bytes, to: file)
        if smallest.count < bytes.count { try write(smallest, to: "\(file).small") }
        let note = again == verdict ? "again in a fresh worker" : "alone: \(again)"
        print("case \(number) (\(name), \(bytes.count) bytes, \(smallest.count) needed): \(verdict), \(note)")
        fflush(nil)
    }

    /// Leaves parts out as long as the verdict stays, halving the parts.
    private func smaller(_ bytes: [UInt8], _ verdict: Verdict, _ rounds: Int, _ worker: FuzzedWorker) throws -> [UInt8]
    {
        var (best, part, rounds) = (bytes, bytes.count / 2, rounds)
        while part >= 16, rounds > 0 {
            var start = 0
            while start < best.count, rounds > 0 {
                var candidate = best
                candidate.removeSubrange(start..<min(best.count, start + part))
                rounds -= 1
                if try worker.take(candidate) == verdict { best = candidate } else { start += part }
            }
            part /= 2
        }
        return best
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else { throw Failure(path) }
        fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0 else { throw Failure(path) }
    }
}

/// A failed operation on a file.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ path: String) { description = "\(path): \(String(cString: strerror(errno)))" }
}
