// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc
package import TileModel

/// Writing. A document appears under its name by one system call, when all of it is on disk.
extension FolderArchive {
    package func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws
        -> ArchiveObject
    {
        try await blocking { archive in
            let folder = try archive.openFolder()
            defer { close(folder) }
            let place = try Place(document, in: folder, makesFolders: true)
            let upload = try Upload(in: place.folder)
            try upload.copy(content)
            try archive.locked(folder) {
                try condition.check(try archive.currentVersion(document))
                try upload.appear(as: place.name)
            }
        }
        return try await stat(document)
    }

    package func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        try await blocking { archive in
            let folder = try archive.openFolder()
            defer { close(folder) }
            let place = try Place(document, in: folder, makesFolders: false)
            try archive.locked(folder) {
                guard let current = try archive.currentVersion(document) else { throw ArchiveError.notFound }
                try condition.check(current)
                guard unlinkat(place.folder, place.name, 0) == 0 else { throw Place.error() }
                fsync(place.folder)
            }
        }
    }

    private func currentVersion(_ document: DocumentID) throws -> DocumentVersion? {
        do {
            let (descriptor, status) = try openFile(document)
            close(descriptor)
            return Self.version(of: status)
        } catch ArchiveError.notFound {
            return nil
        }
    }

    /// What is looked at holds until it is acted upon, also where several portals write.
    private func locked(_ folder: CInt, _ body: () throws -> Void) throws {
        while flock(folder, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Place.error() }
        }
        try body()
    }
}

/// The folder in which a document lies, and its name in there.
private final class Place {
    let folder: CInt
    let name: [CChar]

    init(_ document: DocumentID, in root: CInt, makesFolders: Bool) throws {
        let parts = document.bytes.split(separator: UInt8(ascii: "/"))
        name = Self.text(Array(parts[parts.count - 1]))
        var path = Array(".".utf8)
        var descriptor = recto_open_beneath(root, Self.text(path))
        for part in parts.dropLast() {
            path += [UInt8(ascii: "/")] + part
            var next = recto_open_beneath(root, Self.text(path))
            if next == -ENOENT, makesFolders {
                // Another upload may make it at the same time.
                guard mkdirat(descriptor, Self.text(Array(part)), 0o777) == 0 || errno == EEXIST else {
                    defer { close(descriptor) }
                    throw Self.error()
                }
                fsync(descriptor)
                next = recto_open_beneath(root, Self.text(path))
            }
            if descriptor >= 0 { close(descriptor) }
            descriptor = next
            guard descriptor >= 0 else { throw Self.error(-descriptor) }
        }
        guard descriptor >= 0 else { throw Self.error(-descriptor) }
        folder = descriptor
    }

    deinit { close(folder) }

    private static func text(_ bytes: [UInt8]) -> [CChar] { (bytes + [0]).map(CChar.init(bitPattern:)) }

    static func error(_ code: CInt = errno) -> ArchiveError {
        switch code {
        case ENOENT: .notFound
        // A document where a folder would have to be, or the other way round; a link that leads out.
        case ENOTDIR, EISDIR, EEXIST, EXDEV, ELOOP, ENAMETOOLONG, ENOTEMPTY: .nameTaken
        case EACCES, EPERM, EROFS: .readOnly
        default: .failed(String(cString: strerror(code)))
        }
    }
}

/// A file on its way into a folder. Until it appears it has no name, or where the file system knows no such files a hidden
/// one, which goes if the upload fails.
private final class Upload {
    private let folder: CInt
    private let descriptor: CInt
    private var hidden: [CChar]?

    init(in folder: CInt) throws {
        self.folder = folder
        let unnamed = openat(folder, ".", SpooledFile.unnamed | O_WRONLY | O_CLOEXEC, 0o666)
        if unnamed >= 0 {
            descriptor = unnamed
            return
        }
        let name = Self.hiddenName()
        descriptor = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Place.error() }
        hidden = name
    }

    deinit {
        close(descriptor)
        if let hidden { unlinkat(folder, hidden, 0) }
    }

    private static func hiddenName() -> [CChar] {
        ".recto-upload-\(String(UInt64.random(in: .min ... .max), radix: 16))".utf8CString.map { $0 }
    }

    private static let piece = 1 << 20

    func copy(_ content: SpooledFile) throws {
        var start = 0
        while start < content.size {
            let bytes = try content.readNow(start..<start + Self.piece)
            guard !bytes.isEmpty else { throw ArchiveError.failed("an upload is shorter than it was") }
            var done = 0
            while done < bytes.count {
                let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw ArchiveError.failed(String(cString: strerror(errno))) }
                done += count
            }
            start += bytes.count
        }
        guard fsync(descriptor) == 0 else { throw ArchiveError.failed(String(cString: strerror(errno))) }
    }

    /// Takes the name, from another document where there is one.
    func appear(as name: [CChar]) throws {
        if hidden == nil {
            let temporary = Self.hiddenName()
            guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", folder, temporary, AT_SYMLINK_FOLLOW) == 0 else {
                throw Place.error()
            }
            hidden = temporary
        }
        guard let from = hidden, renameat(folder, from, folder, name) == 0 else { throw Place.error() }
        hidden = nil
        fsync(folder)
    }
}
