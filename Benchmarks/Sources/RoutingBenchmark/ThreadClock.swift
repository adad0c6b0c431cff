// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore

/// Processor time of one thread of ours.
enum ThreadClock {
    /// Of the thread that an event loop runs on, since it began.
    static func seconds(of loop: any EventLoop) async -> Double {
        let time = try? await loop.submit {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }.get()
        return time ?? 0
    }
}
