// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// A simulated reader's browser: six connections at most, cookies, and the version that the structure stream named. Lives on
/// the driver's event loop.
final class Reader {
    private static let mostConnections = 6
    private static let deadline = TimeAmount.seconds(30)
    /// A browser sends a request again when a kept connection turns out to be closed.
    private static let mostResends = 3

    private let loop: any EventLoop
    private let target: LoadTarget
    private let address: SocketAddress?
    private let version: (Int) -> String?
    private var connections: [ReaderConnection] = []
    private var connecting = 0
    private var waiting: [Exchange] = []
    private var cookies: [String: String] = [:]
    /// Where a connection could be made last.
    private var door = 0

    /// - Parameters:
    ///   - address: of this machine, from which to connect: a reader has an address of its own.
    ///   - version: of a document, once known.
    init(
        loop: any EventLoop, target: LoadTarget, address: SocketAddress?, version: @escaping (Int) -> String?
    ) {
        self.loop = loop
        self.target = target
        self.address = address
        self.version = version
    }

    /// One request until it is finished.
    final class Exchange {
        let request: PlannedRequest
        let due: NIODeadline
        let onFirstLine: ((ByteBuffer) -> Void)?
        let finish: (Exchange, NIODeadline) -> Void
        var sample: Sample
        var firstByte: NIODeadline?
        /// Of a structure stream.
        var events: StructureLines?
        var connection: ReaderConnection?
        var timer: Scheduled<Void>?
        var isOver = false

        init(
            _ request: PlannedRequest, place: Int, due: NIODeadline, onFirstLine: ((ByteBuffer) -> Void)?,
            finish: @escaping (Exchange, NIODeadline) -> Void
        ) {
            self.request = request
            self.due = due
            self.onFirstLine = onFirstLine
            self.finish = finish
            sample = Sample(
                request: place, due: request.time, latency: 0, firstByte: 0, status: 0, bytes: 0, member: "",
                isHit: false, isCold: false, resends: 0)
        }
    }

    func start(_ exchange: Exchange) {
        let bound = NIOLoopBound((self, exchange), eventLoop: loop)
        exchange.timer = loop.scheduleTask(deadline: exchange.due + Self.deadline) {
            bound.value.0.expire(bound.value.1)
        }
        waiting.append(exchange)
        serve()
    }

    /// Requests that waited for a document's version may go now.
    func versionKnown() { serve() }

    func leave() {
        for connection in connections { connection.close() }
        connections = []
    }

    // MARK: Sending

    private func isReady(_ exchange: Exchange) -> Bool {
        !exchange.request.path.contains(PlannedRequest.versionMark) || version(exchange.request.document) != nil
    }

    private func serve() {
        connections.removeAll { $0.isFinished }
        while let place = waiting.firstIndex(where: isReady) {
            guard let connection = connections.first(where: \.isIdle) else {
                let wanted = waiting.count { isReady($0) }
                while connections.count + connecting < Self.mostConnections, connecting < wanted { connect(tries: 0) }
                return
            }
            send(waiting.remove(at: place), over: connection)
        }
    }

    private func connect(tries: Int) {
        connecting += 1
        let place = door % target.doors.count
        let (host, port) = target.doors[place]
        let handler = ReaderConnection(door: place)
        let bound = NIOLoopBound(handler, eventLoop: loop)
        let this = NIOLoopBound(self, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(2))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        if let address { bootstrap = bootstrap.bind(to: address) }
        bootstrap.connect(host: host, port: port).whenComplete { result in
            this.value.connecting -= 1
            switch result {
            case .success:
                this.value.connections.append(bound.value)
                this.value.serve()
            case .failure:
                this.value.avoid(place)
                if tries + 1 < this.value.target.doors.count {
                    this.value.connect(tries: tries + 1)
                } else {
                    this.value.refused()
                }
            }
        }
    }

    /// Several connections may find out at the same time that nobody is there: one step is enough.
    private func avoid(_ place: Int) {
        if door % target.doors.count == place { door = place + 1 }
    }

    /// Nobody listens: what waits has failed.
    private func refused() {
        let failed = waiting.filter(isReady)
        waiting.removeAll(where: isReady)
        for exchange in failed { end(exchange) }
    }

    private func send(_ exchange: Exchange, over connection: ReaderConnection) {
        exchange.connection = connection
        exchange.events = exchange.onFirstLine == nil ? nil : StructureLines()
        let request = exchange.request
        let path = version(request.document).map { request.path(version: $0) } ?? request.path
        let (host, port) = target.doors[connection.door]
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers.add(name: "Host", value: "\(host):\(port)")
        if !cookies.isEmpty {
            head.headers.add(name: "Cookie", value: cookies.map { "\($0)=\($1)" }.joined(separator: "; "))
        }
        connection.send(head) { [weak self] event in self?.handle(event, exchange) }
    }

    // MARK: Receiving

    private func handle(_ event: ReaderConnection.Event, _ exchange: Exchange) {
        guard !exchange.isOver else { return }
        switch event {
        case .head(let head): received(head, exchange)
        case .body(let bytes): received(bytes, exchange)
        case .end:
            end(exchange)
            serve()
        case .lost(let wasStale): lost(exchange, wasStale)
        }
    }

    private func received(_ head: HTTPResponseHead, _ exchange: Exchange) {
        exchange.firstByte = .now()
        exchange.sample.status = Int(head.status.code)
        exchange.sample.member = head.headers.first(name: "X-Recto-Node") ?? ""
        let timing = head.headers.first(name: "Server-Timing") ?? ""
        exchange.sample.timing = timing
        exchange.sample.isHit = timing.contains("cache;desc=") && !timing.contains("desc=miss")
        exchange.sample.isCold = timing.contains("open;") && !timing.contains("desc=second-worker")
        for cookie in head.headers["Set-Cookie"] {
            let pair = cookie.prefix { $0 != ";" }
            guard let equals = pair.firstIndex(of: "=") else { continue }
            cookies[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
    }

    private func received(_ bytes: ByteBuffer, _ exchange: Exchange) {
        exchange.sample.bytes += bytes.readableBytes
        guard let events = exchange.events?.read(bytes) else { return }
        if let line = events.firstLine { exchange.onFirstLine?(line) }
        if events.hasPreview, exchange.sample.firstPage == nil {
            exchange.sample.firstPage = Double((NIODeadline.now() - exchange.due).nanoseconds) / 1e9
        }
    }

    private func lost(_ exchange: Exchange, _ wasStale: Bool) {
        connections.removeAll { $0 === exchange.connection }
        let mayTryAgain = wasStale || (target.doors.count > 1 && exchange.firstByte == nil)
        if mayTryAgain, exchange.sample.resends < Self.mostResends {
            exchange.sample.resends += 1
            if !wasStale, let connection = exchange.connection { avoid(connection.door) }
            waiting.append(exchange)
        } else {
            exchange.sample.status = 0
            end(exchange)
        }
        serve()
    }

    private func expire(_ exchange: Exchange) {
        guard !exchange.isOver else { return }
        waiting.removeAll { $0 === exchange }
        exchange.sample.status = 0
        exchange.connection?.close()
        connections.removeAll { $0 === exchange.connection }
        end(exchange)
        serve()
    }

    private func end(_ exchange: Exchange) {
        guard !exchange.isOver else { return }
        exchange.isOver = true
        exchange.timer?.cancel()
        exchange.finish(exchange, .now())
    }
}
