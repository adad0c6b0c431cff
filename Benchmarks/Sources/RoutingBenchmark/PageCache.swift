// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

/// What the kernel keeps of the documents in memory: runs begin with all of it there, so that none pays for the disk.
enum PageCache {
    /// Reads every document once.
    static func fill(_ folder: String) {
        for file in files(folder) { _ = try? Data(contentsOf: URL(fileURLWithPath: file)) }
    }

    /// The part of the documents' bytes that is in memory, from 0 to 1.
    static func resident(_ folder: String) -> Double {
        let counts = files(folder).map(pages)
        let all = counts.reduce(0) { $0 + $1.all }
        return all == 0 ? 1 : Double(counts.reduce(0) { $0 + $1.resident }) / Double(all)
    }

    private static func files(_ folder: String) -> [String] {
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        return (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []).map {
            "\(root)/\($0)"
        }
    }

    private static func pages(_ file: String) -> (resident: Int, all: Int) {
        let descriptor = open(file, O_RDONLY)
        guard descriptor >= 0 else { return (0, 0) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            return (0, 0)
        }
        let size = Int(status.st_size)
        guard let place = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), place != MAP_FAILED else {
            return (0, 0)
        }
        defer { munmap(place, size) }
        var states = [UInt8](repeating: 0, count: (size + 4095) / 4096)
        guard mincore(place, size, &states) == 0 else { return (0, 0) }
        return (states.count { $0 & 1 == 1 }, states.count)
    }
}
