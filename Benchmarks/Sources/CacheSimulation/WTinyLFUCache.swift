// SPDX-License-Identifier: Apache-2.0

/// W-TinyLFU (Einziger, Friedman, Manes: "TinyLFU: a highly efficient cache admission policy", 2017): a window of one part
/// in a hundred by least recent use, behind it a segmented list of which only those get in that were asked for more often
/// than the one that would have to go.
struct WTinyLFUCache: CachePolicy {
    static let name = "W-TinyLFU"

    private let windowBudget: Int
    private let mainBudget: Int
    private let protectedBudget: Int
    private var window = LinkedEntries()
    private var probation = LinkedEntries()
    private var protected = LinkedEntries()
    private var sketch: FrequencySketch

    init(budget: Int, accesses: [CacheAccess]) {
        windowBudget = max(1, budget / 100)
        mainBudget = budget - windowBudget
        protectedBudget = mainBudget * 8 / 10
        let mean = max(1, accesses.prefix(10_000).reduce(0) { $0 + $1.bytes } / max(1, min(10_000, accesses.count)))
        sketch = FrequencySketch(entries: max(64, budget / mean))
    }

    mutating func access(_ place: Int, _ access: CacheAccess) -> Bool {
        sketch.count(access.key)
        if window.touch(access.key) || protected.touch(access.key) { return true }
        if let bytes = probation.remove(access.key) {
            protected.append(access.key, bytes)
            while protected.bytes > protectedBudget, let oldest = protected.oldest {
                protected.remove(oldest.key)
                probation.append(oldest.key, oldest.bytes)
            }
            return true
        }
        guard access.bytes <= mainBudget else { return false }
        window.append(access.key, access.bytes)
        while window.bytes > windowBudget, let candidate = window.oldest {
            window.remove(candidate.key)
            admit(candidate)
        }
        return false
    }

    private mutating func admit(_ candidate: (key: Int, bytes: Int)) {
        while probation.bytes + protected.bytes + candidate.bytes > mainBudget {
            guard let victim = probation.oldest ?? protected.oldest else { return }
            guard sketch.estimate(candidate.key) > sketch.estimate(victim.key) else { return }
            if probation.remove(victim.key) == nil { protected.remove(victim.key) }
        }
        probation.append(candidate.key, candidate.bytes)
    }
}

/// How often keys were seen lately: four counters of 4 bits a key, halved when ten times as many accesses as entries were
/// counted.
struct FrequencySketch {
    private var counters: [UInt8]
    private let mask: Int
    private let sample: Int
    private var counted = 0

    init(entries: Int) {
        var size = 64
        while size < entries * 4 { size *= 2 }
        counters = [UInt8](repeating: 0, count: size)
        mask = size - 1
        sample = 10 * entries
    }

    mutating func count(_ key: Int) {
        for row in 0..<4 {
            let place = place(key, row)
            if counters[place] < 15 { counters[place] += 1 }
        }
        counted += 1
        guard counted >= sample else { return }
        for place in counters.indices { counters[place] >>= 1 }
        counted /= 2
    }

    func estimate(_ key: Int) -> UInt8 { (0..<4).map { counters[place(key, $0)] }.min() ?? 0 }

    private func place(_ key: Int, _ row: Int) -> Int {
        var value = UInt64(bitPattern: Int64(key)) &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return Int(truncatingIfNeeded: value ^ value >> 33) & mask
    }
}
