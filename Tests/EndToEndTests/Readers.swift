// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import Synchronization

/// Readers who go on asking for tiles and structure until they are told to stop, and count what went wrong.
final class Readers: Sendable {
    struct Count: Sendable {
        var answers = 0
        var failures: [String] = []
    }

    private let recorder: Recorder
    private let tasks: [Task<Void, Never>]

    /// - Parameters:
    ///   - connections: tasks side by side.
    ///   - isReusing: whether they keep their connections.
    init(_ url: String, paths: [String], connections: Int = 4, isReusing: Bool = true) {
        let recorder = Recorder()
        tasks = (0..<connections).map { number in
            Task {
                var place = number
                while !Task.isCancelled {
                    let headers: HTTPHeaders = isReusing ? [:] : ["Connection": "close"]
                    do {
                        let answer = try await Self.answer(url, paths[place % paths.count], headers)
                        recorder.add(answer.status == 200 ? nil : "\(answer.status) \(answer.text.prefix(200))")
                    } catch {
                        if !Task.isCancelled { recorder.add("\(error)") }
                    }
                    place += 1
                }
            }
        }
        self.recorder = recorder
    }

    /// A structure stream that breaks off with its portal is asked for once more, as the viewer does.
    private static func answer(_ url: String, _ path: String, _ headers: HTTPHeaders) async throws
        -> RunningCluster.Answer
    {
        do {
            return try await RunningCluster.send(.GET, url + path, headers: headers)
        } catch  where path.hasSuffix("/structure") && !Task.isCancelled {
            return try await RunningCluster.send(.GET, url + path, headers: headers)
        }
    }

    private final class Recorder: Sendable {
        let value = Mutex(Count())

        func add(_ failure: String?) {
            value.withLock { count in
                count.answers += 1
                if let failure { count.failures.append(failure) }
            }
        }
    }

    /// Returns once they have had so many answers more.
    func answered(_ number: Int) async {
        let goal = recorder.value.withLock { $0.answers } + number
        while recorder.value.withLock({ $0.answers }) < goal { try? await Task.sleep(for: .milliseconds(10)) }
    }

    func stop() async -> Count {
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        return recorder.value.withLock { $0 }
    }
}
