// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The targets of tiles that were answered out of memory lately.
///
/// Two generations: what is asked for moves to the young one; when that is full the old one is dropped. About two kilobytes a
/// target, so 16 MB at most.
final class TileTargets: Sendable {
    private struct State {
        var young: [String: TileTarget] = [:]
        var old: [String: TileTarget] = [:]
    }

    private let state = Mutex(State())

    private static let generation = 4096
    /// Longer ones are parsed each time: nobody's viewer makes them.
    private static let longest = 512

    subscript(target: String) -> TileTarget? {
        state.withLock { state in
            if let found = state.young[target] { return found }
            guard let found = state.old.removeValue(forKey: target) else { return nil }
            Self.keep(found, target, &state)
            return found
        }
    }

    func keep(_ meaning: TileTarget, for target: String) {
        guard target.utf8.count <= Self.longest else { return }
        state.withLock { Self.keep(meaning, target, &$0) }
    }

    private static func keep(_ meaning: TileTarget, _ target: String, _ state: inout State) {
        if state.young.count >= generation {
            state.old = state.young
            state.young = [:]
        }
        state.young[target] = meaning
    }
}
