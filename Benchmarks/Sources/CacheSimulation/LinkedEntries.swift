// SPDX-License-Identifier: Apache-2.0

/// Entries in an order, with constant time to move one to the end: the list of a cache by least recent use.
struct LinkedEntries {
    private struct Node {
        var key: Int
        var bytes: Int
        var before: Int
        var after: Int
    }

    private var nodes: [Node] = []
    private var free: [Int] = []
    private var places: [Int: Int] = [:]
    private var first = -1
    private var last = -1
    private(set) var bytes = 0

    var isEmpty: Bool { first < 0 }

    func contains(_ key: Int) -> Bool { places[key] != nil }

    /// The one at the front.
    var oldest: (key: Int, bytes: Int)? { first < 0 ? nil : (nodes[first].key, nodes[first].bytes) }

    mutating func append(_ key: Int, _ size: Int) {
        let node = Node(key: key, bytes: size, before: last, after: -1)
        let place = free.popLast() ?? nodes.count
        if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
        if last >= 0 { nodes[last].after = place } else { first = place }
        last = place
        places[key] = place
        bytes += size
    }

    @discardableResult
    mutating func remove(_ key: Int) -> Int? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        let node = nodes[place]
        if node.before >= 0 { nodes[node.before].after = node.after } else { first = node.after }
        if node.after >= 0 { nodes[node.after].before = node.before } else { last = node.before }
        free.append(place)
        bytes -= node.bytes
        return node.bytes
    }

    /// Moves an entry to the end; false where there is none.
    mutating func touch(_ key: Int) -> Bool {
        guard let size = remove(key) else { return false }
        append(key, size)
        return true
    }
}
