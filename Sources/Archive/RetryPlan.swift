// SPDX-License-Identifier: Apache-2.0

/// How often and when a request is tried again. Pure: the caller has the clock and the dice.
struct RetryPlan {
    /// Requests in all.
    var attempts = 5
    /// From the first request to the start of the last one.
    var total: Duration = .seconds(10)
    var first: Duration = .milliseconds(50)
    var longest: Duration = .seconds(3)

    /// The wait before the next request, or nil where there is none: "full jitter", so that many who failed together do
    /// not come back together (M. Brooker, Exponential Backoff And Jitter, 2015).
    /// - Parameters:
    ///   - failures: requests that have failed, 1 or more.
    ///   - elapsed: since the first one began.
    ///   - asked: the wait that the server asks for.
    ///   - dice: from 0 to 1.
    func delay(afterFailures failures: Int, elapsed: Duration, asked: Duration?, dice: Double) -> Duration? {
        guard failures < attempts else { return nil }
        let ceiling = min(longest, first * (1 << min(failures - 1, 20)))
        let delay = max(asked ?? .zero, ceiling * dice)
        return elapsed + delay <= total ? delay : nil
    }
}
