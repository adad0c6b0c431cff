// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
package import NIOCore
import NIOPosix

/// Sends the requests of a trace when they are due, whatever became of those before (open loop), and keeps what became of
/// each. One event loop; results are handed out when all have ended.
package final class LoadRun {
    private let loop: any EventLoop
    private let trace: Trace
    private let target: LoadTarget
    private var readers: [Int: Reader] = [:]
    private var versions: [Int: String] = [:]
    /// Requests of a reader that have not ended.
    private var remaining: [Int: Int] = [:]
    private var samples: [Sample] = []
    private var next = 0
    private var open = 0
    private var begin = NIODeadline.now()
    private var promise: EventLoopPromise<[Sample]>

    private init(_ trace: Trace, _ target: LoadTarget, _ loop: any EventLoop) {
        self.trace = trace
        self.target = target
        self.loop = loop
        promise = loop.makePromise()
        samples.reserveCapacity(trace.requests.count)
        for request in trace.requests { remaining[request.reader, default: 0] += 1 }
    }

    /// Runs the whole trace.
    /// - Returns: one sample for each request, in the order in which they ended.
    package static func run(_ trace: Trace, against target: LoadTarget, on loop: any EventLoop) async throws -> [Sample]
    {
        try await loop.flatSubmit {
            let run = LoadRun(trace, target, loop)
            run.begin = .now()
            run.sendDue()
            return run.promise.futureResult
        }.get()
    }

    private func sendDue() {
        let now = NIODeadline.now()
        while next < trace.requests.count, due(next) <= now {
            start(next)
            next += 1
        }
        if next < trace.requests.count {
            let this = NIOLoopBound(self, eventLoop: loop)
            loop.scheduleTask(deadline: due(next)) { this.value.sendDue() }
        } else {
            finishIfOver()
        }
    }

    private func due(_ place: Int) -> NIODeadline { begin + .nanoseconds(Int64(trace.requests[place].time * 1e9)) }

    private func start(_ place: Int) {
        let request = trace.requests[place]
        open += 1
        let reader = readers[request.reader] ?? arrive(request.reader)
        let lag = Double((NIODeadline.now() - due(place)).nanoseconds) / 1e9
        let learn: ((ByteBuffer) -> Void)? =
            request.kind == .structure ? { [self] line in learned(request.document, line) } : nil
        let exchange = Reader.Exchange(request, place: place, due: due(place), onFirstLine: learn) {
            [self] exchange, now in ended(exchange, now)
        }
        exchange.sample.lag = lag
        reader.start(exchange)
    }

    private func arrive(_ number: Int) -> Reader {
        // Every reader has an address of its own: all of 127/8 is this machine.
        let local = "127.\(1 + number / 62_500 % 250).\(1 + number / 250 % 250).\(1 + number % 250)"
        let isLoopback = target.doors.allSatisfy { $0.host.hasPrefix("127.") }
        let reader = Reader(
            loop: loop, target: target, address: isLoopback ? try? SocketAddress(ipAddress: local, port: 0) : nil,
            version: { [self] in versions[$0] })
        readers[number] = reader
        return reader
    }

    private struct FirstLine: Decodable { var version: String }

    private func learned(_ document: Int, _ line: ByteBuffer) {
        let text = line.readableBytesView.prefix { $0 != UInt8(ascii: "\n") }
        guard let first = try? JSONDecoder().decode(FirstLine.self, from: Data(text)) else { return }
        versions[document] = first.version
        for reader in readers.values { reader.versionKnown() }
    }

    private func ended(_ exchange: Reader.Exchange, _ now: NIODeadline) {
        exchange.sample.latency = Double((now - exchange.due).nanoseconds) / 1e9
        exchange.sample.firstByte =
            exchange.firstByte.map { Double(($0 - exchange.due).nanoseconds) / 1e9 } ?? exchange.sample.latency
        samples.append(exchange.sample)
        open -= 1
        remaining[exchange.request.reader, default: 0] -= 1
        if remaining[exchange.request.reader] == 0 { readers.removeValue(forKey: exchange.request.reader)?.leave() }
        finishIfOver()
    }

    private func finishIfOver() {
        guard next == trace.requests.count, open == 0 else { return }
        for reader in readers.values { reader.leave() }
        promise.succeed(samples)
    }
}
