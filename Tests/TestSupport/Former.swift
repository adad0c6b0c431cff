// SPDX-License-Identifier: Apache-2.0

/// What stands for a process that has ended: an object whose locks and files the next one takes over.
///
/// Work that has given its result may hold the object for a moment longer.
public struct Former {
    /// Somebody still has the object.
    public struct StillHeld: Error {}

    private let object: () -> AnyObject?

    /// Does not keep the object itself.
    public init(_ object: some AnyObject) {
        self.object = { [weak object] in object }
    }

    /// - Throws: `StillHeld` after a minute.
    public func gone() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while object() != nil {
            guard ContinuousClock.now < deadline else { throw StillHeld() }
            await Task.yield()
        }
    }
}
