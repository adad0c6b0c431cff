// SPDX-License-Identifier: Apache-2.0

import LoadDriver

extension PlainClient {
    private static let tries = 5

    /// A request that is sent again where the other side closes the connection before it has taken all of it: some do
    /// when they have read the head.
    static func patiently(_ door: (host: String, port: Int), _ path: String) async throws -> Answer {
        for _ in 1..<tries {
            if let answer = try? await send(host: door.host, port: door.port, path: path) { return answer }
        }
        return try await send(host: door.host, port: door.port, path: path)
    }
}
