// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc
import TileModel

/// Walks a folder in the order of the documents' whole names and leaves out the branches that prefix and cursor exclude.
/// Hidden files and names that no document can have are not listed; links are listed where they lead to a file within.
struct FolderWalk {
    let folder: CInt
    let prefix: [UInt8]
    let cursor: [UInt8]?
    let limit: Int
    /// Up to `limit + 1`: one more tells that there is a next page.
    private(set) var found: [(document: DocumentID, status: Glibc.stat)] = []

    private static let deepest = 64

    init(folder: CInt, prefix: [UInt8], cursor: [UInt8]?, limit: Int) {
        self.folder = folder
        self.prefix = prefix
        self.cursor = cursor
        self.limit = limit
    }

    mutating func run() throws(ArchiveError) {
        guard try visit([], depth: 0) else { throw .failed("the folder cannot be listed") }
    }

    /// - Parameter path: the folder's path with a trailing slash, or empty.
    /// - Returns: false where the folder could not be read.
    @discardableResult
    private mutating func visit(_ path: [UInt8], depth: Int) throws(ArchiveError) -> Bool {
        guard depth <= Self.deepest, let entries = entries(of: path) else { return false }
        for entry in entries {
            guard found.count <= limit else { return true }
            let name = path + entry.name
            guard name.starts(with: prefix) || (entry.isFolder && prefix.starts(with: name)) else { continue }
            if entry.isFolder {
                // All names below begin with `name`: skip them where they all lie before the cursor.
                if let cursor, name.lexicographicallyPrecedes(cursor), !cursor.starts(with: name) { continue }
                try visit(name, depth: depth + 1)
            } else if cursor.map({ $0.lexicographicallyPrecedes(name) }) ?? true {
                append(name)
            }
        }
        return true
    }

    private mutating func append(_ name: [UInt8]) {
        guard let document = try? DocumentID(bytes: name), let status = status(of: name) else { return }
        found.append((document, status))
    }

    private func status(of name: [UInt8]) -> Glibc.stat? {
        let descriptor = open(name)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = Glibc.stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? status : nil
    }

    private func open(_ path: [UInt8]) -> CInt {
        (path + [0]).withUnsafeBufferPointer { path in
            path.withMemoryRebound(to: CChar.self) { recto_open_beneath(folder, $0.baseAddress!) }
        }
    }

    private struct Entry {
        /// Folders with a trailing slash, so that sorting entries sorts whole names.
        let name: [UInt8]
        let isFolder: Bool
    }

    private func entries(of path: [UInt8]) -> [Entry]? {
        let descriptor = open(path.isEmpty ? Array(".".utf8) : path)
        guard descriptor >= 0 else { return nil }
        guard let directory = fdopendir(descriptor) else {
            close(descriptor)
            return nil
        }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard name.first != UInt8(ascii: ".") else { continue }
            let isFolder =
                switch Int(entry.pointee.d_type) {
                case Int(DT_DIR): true
                // Some file systems do not say.
                case Int(DT_UNKNOWN): isFolder(path + name)
                default: false
                }
            entries.append(Entry(name: isFolder ? name + [UInt8(ascii: "/")] : name, isFolder: isFolder))
        }
        return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private func isFolder(_ path: [UInt8]) -> Bool {
        let descriptor = open(path)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = Glibc.stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
