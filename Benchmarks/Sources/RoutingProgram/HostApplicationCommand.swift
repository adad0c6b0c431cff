// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Foundation
import NIOCore
import RoutingBenchmark

/// The host application of the sweep of that name, as a process that can be tied to a processor.
package struct HostApplicationCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(commandName: HostProcess.command, shouldDisplay: false)

    package init() {}

    package func run() async throws {
        let channel = try await HostApplication.start()
        print("http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        fflush(nil)
        try await channel.closeFuture.get()
    }
}
