// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// A thread of its own for code that blocks in system calls, which would starve Swift's cooperative threads.
package enum SystemThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a detached thread.
    /// - Parameter name: shown by `ps -L`; at most 15 bytes are used.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var thread = pthread_t()
        let named: @Sendable () -> Void = {
            recto_name_thread(name)
            body()
        }
        let context = Unmanaged.passRetained(Body(named)).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        guard result == 0 else {
            Unmanaged<Body>.fromOpaque(context).release()
            throw SystemError(call: "pthread_create", code: result)
        }
        pthread_detach(thread)
    }
}
