// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPFuzzing

/// Reads made-up streams of messages with our scanner and with NIOHTTP1, until the time is over or they disagree.
@main
struct HTTPFuzzer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recto-fuzz-http",
        abstract: "Looks for a message that HTTPFraming and NIOHTTP1 both take and frame differently.")

    @Option(help: "Where the random numbers begin; each stream has the next number as its seed.")
    var seed: UInt64 = 1

    @Option(help: "How long to go on.")
    var seconds: Double = 60

    func run() throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        var (streams, messages, next) = (0, 0, seed)
        while clock.now < end {
            for isRequests in [true, false] {
                var generator = MessageGenerator(seed: next)
                let stream = isRequests ? generator.requests() : generator.responses()
                let (disagreement, bothTook) = Disagreement.find(in: stream, isRequests: isRequests)
                if let disagreement {
                    print("Seed \(next): \(disagreement)")
                    throw ExitCode.failure
                }
                streams += 1
                messages += bothTook
            }
            next += 1
        }
        print(
            "\(streams) streams, \(messages) messages that both took, all framed alike. Seeds \(seed) to \(next - 1).")
    }
}
