// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Takes connections and answers everything with the same bytes, which Redis would not send.
package final class BabblingServer: Sendable {
    package let port: UInt16
    package var address: String { "redis://127.0.0.1:\(port)" }
    private let listener: CInt

    package init(_ answer: [UInt8]) throws {
        (listener, port) = try LoopbackPort.listening()
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(listener: listener, answer: answer)).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        pthread_detach(thread)
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private final class Body {
        let listener: CInt
        let answer: [UInt8]

        init(listener: CInt, answer: [UInt8]) {
            self.listener = listener
            self.answer = answer
        }

        func run() {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                var request = [UInt8](repeating: 0, count: 65_536)
                // Ends with the client's side of the connection.
                while recv(client, &request, request.count, 0) > 0 {
                    guard send(client, answer, answer.count, Int32(MSG_NOSIGNAL)) >= 0 else { break }
                }
                close(client)
            }
            close(listener)
        }
    }
}
