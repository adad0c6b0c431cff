// SPDX-License-Identifier: Apache-2.0

import HTTPService

/// Writes whole lines of JSON, so that two tasks may write by turns.
struct LineWriter: Sendable {
    enum Framing: Sendable {
        /// One JSON object a line.
        case ndjson
        /// Server-sent events.
        case sse

        var mediaType: String {
            switch self {
            case .ndjson: "application/x-ndjson"
            case .sse: "text/event-stream"
            }
        }
    }

    private static let keepAliveInterval: Duration = .seconds(15)

    let writer: BodyWriter
    let framing: Framing

    func send(_ events: [JSON], named name: String) async throws {
        var bytes: [UInt8] = []
        for json in events {
            if framing == .sse { bytes += Array("event: \(name)\ndata: ".utf8) }
            bytes += json.utf8
            bytes += Array((framing == .sse ? "\n\n" : "\n").utf8)
        }
        try await writer.write(bytes)
    }

    func sendError(_ problem: Problem) async throws {
        guard case .object(let members) = problem.json else { return }
        try await send([.object([("event", .string("error"))] + members)], named: "error")
    }

    private func keepAlive() async throws {
        try await writer.write(Array((framing == .sse ? ":\n\n" : "\n").utf8))
    }

    /// Runs `events`, with something to hear for a proxy or a browser that takes a silent connection for dead.
    func keptAlive(_ events: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.keepAliveInterval)
                    try await keepAlive()
                }
            }
            group.addTask { try await events() }
            // The events end first, or the connection breaks: either way nothing is left to keep alive.
            try await group.next()
            group.cancelAll()
        }
    }
}
