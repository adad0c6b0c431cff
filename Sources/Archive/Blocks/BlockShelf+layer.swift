// SPDX-License-Identifier: Apache-2.0

import Glibc
import TileCache
import TileModel

/// What the shelf holds by document, and how it forgets. Both wait for the disk.
extension BlockShelf {
    /// Labels that are read at most to say what is held.
    private static let mostLabels = 4096

    /// Gives up all versions of these documents.
    func purge(_ selection: DocumentSelection, archive: String) {
        let names = closedEntries(archive).filter { name, path in
            switch selection {
            case .document(let document): return name.hasPrefix(BlockKey.prefix(of: document, archive: archive))
            case .prefix(let bytes) where bytes.isEmpty: return true
            // What does not say whose it is goes as well.
            case .prefix: return BlockLabel(path: path).map { selection.contains($0.document) } ?? true
            }
        }
        remove(opened: selection.contains, closed: names.map(\.name))
    }

    /// Bytes of this version, as far as files say it.
    func documentSize(_ document: PinnedDocument, archive: String) -> Int? {
        if let size = openedSize(document) { return size }
        let prefix = BlockKey.prefix(of: document.document, archive: archive)
        for (name, path) in closedEntries(archive) where name.hasPrefix(prefix) {
            if let label = BlockLabel(path: path), label.version == document.version { return label.size }
        }
        return nil
    }

    func holdings(_ selection: DocumentSelection, most count: Int, archive: String) -> [LayerHolding] {
        var found = openedSizes.filter { selection.contains($0.document) }
        var labels = 0
        for (name, path) in closedEntries(archive) where labels < Self.mostLabels {
            if case .document(let document) = selection,
                !name.hasPrefix(BlockKey.prefix(of: document, archive: archive))
            {
                continue
            }
            labels += 1
            guard let label = BlockLabel(path: path), selection.contains(label.document), let bytes = size(of: name)
            else { continue }
            found.append((label.document, bytes))
        }
        return LayerHolding.most(count, of: found)
    }
}
