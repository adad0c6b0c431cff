// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPFraming
import NIOCore
import Router

/// What clients may take of a router, and what a router does for one request. `RouterConfiguration` says what each default is
/// sized by.
struct LimitOptions: ParsableArguments {
    // MARK: Sizes

    @Option(help: "Bytes of a request's head.")
    var headBytes: Int = Environment.value("head-bytes", 16 << 10)

    @Option(help: "Header fields of a request.")
    var headFields: Int = Environment.value("head-fields", 100)

    @Option(help: "Megabytes of a request's body. Default: 1024; with serve at least --upload-limit.")
    var bodyLimit: Int?

    @Option(help: "Kilobytes of an answer that is held until it is whole, so that it can be asked for elsewhere.")
    var holdAnswer: Int = Environment.value("hold-answer", 256)

    @Option(help: "Kilobytes of a request's body that are kept, so that they can be sent to another member.")
    var holdRequest: Int = Environment.value("hold-request", 64)

    // MARK: Times

    @Option(help: "Seconds from the first byte of a request's head to its last.")
    var headTimeout: Int = Environment.value("head-timeout", 10)

    @Option(help: "Seconds from a request's last byte to the first one of its answer, over all attempts.")
    var responseTimeout: Int = Environment.value("response-timeout", 30)

    @Option(help: "Seconds of silence within an answer that streams.")
    var streamTimeout: Int = Environment.value("stream-timeout", 60)

    @Option(help: "Seconds that a connection may be without a request.")
    var idleTimeout: Int = Environment.value("idle-timeout", 75)

    @Option(help: "Seconds within which a client must send or take --progress-bytes of what is due.")
    var progressTimeout: Int = Environment.value("progress-timeout", 20)

    @Option(help: "Bytes that a client must send or take within --progress-timeout.")
    var progressBytes: Int = Environment.value("progress-bytes", 4 << 10)

    // MARK: Numbers

    @Option(help: "Connections of clients in all.")
    var connections: Int = Environment.value("connections", 20_000)

    @Option(help: "Connections of one client address; trusted proxies are not counted.")
    var connectionsPerClient: Int = Environment.value("connections-per-client", 2_000)

    @Option(help: "Members that one request may try.")
    var attempts: Int = Environment.value("attempts", 4)

    @Option(help: "Per cent of the requests of the last ten seconds that may be tried again.")
    var retryShare: Int = Environment.value("retry-share", 20)

    @Option(help: "Retries a second that are allowed in any case.")
    var retryFloor: Int = Environment.value("retry-floor", 10)

    @Option(help: "Failed requests in a row after which a member is set aside.")
    var ejectAfter: Int = Environment.value("eject-after", 5)

    @Option(help: "Seconds for which it is the first time; each further time is twice as long.")
    var ejectPause: Int = Environment.value("eject-pause", 1)

    @Option(help: "Seconds for which a member is set aside at most.")
    var ejectLongest: Int = Environment.value("eject-longest", 60)

    @Option(help: "Threads that serve connections. Default: one for each core.")
    var threads: Int?

    private var chosenBodyLimit: Int? { bodyLimit ?? Environment.optional("body-limit") }
    private var chosenThreads: Int? { threads ?? Environment.optional("threads") }

    func validate() throws {
        try check("head-bytes", headBytes, 512...1 << 20, "bytes")
        try check("head-fields", headFields, 8...10_000)
        try check("body-limit", chosenBodyLimit ?? 1, 1...1 << 20, "megabytes")
        try check("hold-answer", holdAnswer, 0...65_536, "kilobytes")
        try check("hold-request", holdRequest, 0...65_536, "kilobytes")
        for (name, value) in [
            ("head-timeout", headTimeout), ("response-timeout", responseTimeout), ("stream-timeout", streamTimeout),
            ("progress-timeout", progressTimeout), ("eject-pause", ejectPause), ("eject-longest", ejectLongest),
        ] {
            try check(name, value, 1...3600, "seconds")
        }
        try check("idle-timeout", idleTimeout, 1...86_400, "seconds")
        try check("progress-bytes", progressBytes, 1...1 << 20, "bytes")
        try check("connections", connections, 1...1_000_000)
        try check("connections-per-client", connectionsPerClient, 1...1_000_000)
        try check("attempts", attempts, 1...16)
        try check("retry-share", retryShare, 0...100, "per cent")
        try check("retry-floor", retryFloor, 0...100_000)
        try check("eject-after", ejectAfter, 1...1_000_000)
        try check("threads", chosenThreads ?? 1, 1...256)
    }

    private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>, _ unit: String = "") throws {
        guard !range.contains(value) else { return }
        let unit = unit.isEmpty ? "" : " \(unit)"
        throw ValidationError("--\(name) is from \(range.lowerBound) to \(range.upperBound)\(unit).")
    }

    /// - Parameter uploads: megabytes of a document that members take.
    func apply(to configuration: inout RouterConfiguration, uploads: Int = 0) {
        configuration.headLimits.bytes = headBytes
        configuration.headLimits.fields = headFields
        configuration.bodyLimit = (chosenBodyLimit ?? max(1024, uploads)) << 20
        configuration.holdLimit = holdAnswer << 10
        configuration.requestHoldLimit = holdRequest << 10
        configuration.headTimeout = .seconds(Int64(headTimeout))
        configuration.responseTimeout = .seconds(Int64(responseTimeout))
        configuration.streamTimeout = .seconds(Int64(streamTimeout))
        configuration.idleTimeout = .seconds(Int64(idleTimeout))
        configuration.progressTimeout = .seconds(Int64(progressTimeout))
        configuration.leastProgress = progressBytes
        configuration.mostConnections = connections
        configuration.mostConnectionsPerClient = connectionsPerClient
        configuration.mostAttempts = attempts
        configuration.retryBudget.share = Double(retryShare) / 100
        configuration.retryBudget.floor = retryFloor
        configuration.ejection.failures = ejectAfter
        configuration.ejection.firstPause = .seconds(Int64(ejectPause))
        configuration.ejection.longestPause = .seconds(Int64(ejectLongest))
    }

    /// To be called before the first connection of the process: the threads are started with it.
    func chooseThreads() {
        if let threads = chosenThreads { NIOSingletons.groupLoopCountSuggestion = threads }
    }
}
