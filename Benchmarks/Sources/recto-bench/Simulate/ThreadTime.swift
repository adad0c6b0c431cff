// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Processor time of this thread: what else the machine does meanwhile does not count.
enum ThreadTime {
    static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
