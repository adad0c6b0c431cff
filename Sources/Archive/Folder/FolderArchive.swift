// SPDX-License-Identifier: Apache-2.0

import CKernel
import Crypto
import Glibc
import NIOPosix
package import TileModel

/// A folder, read where it lies.
///
/// System calls run on NIO's thread pool: a file system that hangs must not stop the tasks of other documents.
package final class FolderArchive: DocumentArchive {
    package let name: String
    private let path: String
    private let threads: NIOThreadPool

    /// - Throws: `ArchiveError.refused` where there is no such folder. One whose file system gives no answer may come back.
    package init(path: String) throws(ArchiveError) {
        name = path
        self.path = path
        threads = .singleton
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            close(descriptor)
        } else if [ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG].contains(errno) {
            throw .refused("\(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The folder as it is now: it may have been replaced, or another file system mounted over it, since the last time.
    func openFolder() throws(ArchiveError) -> CInt {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = "\(path): \(String(cString: strerror(errno)))"
            throw [EMFILE, ENFILE, ENOMEM].contains(errno) ? .failed(reason) : .unreachable(reason)
        }
        return descriptor
    }

    static func open(location: String, settings: ArchiveSettings) throws(ArchiveError) -> (any DocumentArchive)? {
        if location.hasPrefix("file://") { return try FolderArchive(path: String(location.dropFirst(7))) }
        return location.contains("://") ? nil : try FolderArchive(path: location)
    }

    package var localFolders: [(path: String, fileSystem: String)] {
        guard case .local(let fileSystem) = FileSystemKind(of: path) else { return [] }
        return [(path, fileSystem)]
    }

    package var givesFiles: Bool { true }

    package func check() async throws { try await blocking { _ = close(try $0.openFolder()) } }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        try await blocking { archive in
            let (descriptor, status) = try archive.openFile(document)
            close(descriptor)
            return archive.object(document, status)
        }
    }

    package func open(_ document: PinnedDocument) async throws -> ArchiveFile? {
        try await blocking { archive in
            let (descriptor, status) = try archive.openFile(document.document)
            guard Self.version(of: status) == document.version else {
                close(descriptor)
                throw ArchiveError.versionGone
            }
            return ArchiveFile(descriptor: descriptor, status)
        }
    }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        try await blocking { archive in
            let (descriptor, status) = try archive.openFile(document.document)
            defer { close(descriptor) }
            guard Self.version(of: status) == document.version else { throw ArchiveError.versionGone }
            let wanted = range.clamped(to: 0..<Int(status.st_size))
            let bytes = try FileBytes.read(wanted, of: descriptor)
            // Written to meanwhile: what was read may be of both versions.
            var after = Glibc.stat()
            guard bytes.count == wanted.count, fstat(descriptor, &after) == 0,
                Self.version(of: after) == document.version
            else { throw ArchiveError.versionGone }
            return bytes
        }
    }

    // MARK: Files

    func blocking<Result: Sendable>(
        _ body: @escaping @Sendable (FolderArchive) throws -> Result
    ) async throws -> Result {
        try await threads.runIfActive { [self] in try body(self) }
    }

    /// Times of files come from the kernel's tick, 10 ms at its coarsest.
    private static let settling = 20_000_000
    private static let mostRounds = 5

    /// Opens a regular file below the folder, wherever symbolic links lead within it.
    func openFile(_ document: DocumentID) throws(ArchiveError) -> (CInt, Glibc.stat) {
        let folder = try openFolder()
        defer { close(folder) }
        let descriptor = (document.bytes + [0]).withUnsafeBufferPointer { path in
            path.withMemoryRebound(to: CChar.self) { recto_open_beneath(folder, $0.baseAddress!) }
        }
        guard descriptor >= 0 else {
            switch -descriptor {
            // EXDEV: a link leads out of the folder. ELOOP: too many links.
            case ENOENT, ENOTDIR, EXDEV, ELOOP, ENAMETOOLONG, ENXIO: throw .notFound
            // What network file systems say that have lost their server.
            case EIO, ESTALE, ENOTCONN, EHOSTDOWN, ETIMEDOUT: throw .unreachable(String(cString: strerror(-descriptor)))
            default: throw .failed(String(cString: strerror(-descriptor)))
            }
        }
        var status = Glibc.stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notFound
        }
        // A file changed within the same tick would keep its time, and with it its version. One that has just been
        // written to is looked at again a tick later.
        var rounds = 0
        while Self.hasJustChanged(status) {
            rounds += 1
            usleep(UInt32(Self.settling / 1000))
            // Where somebody writes all the time, its version would be another one at each look.
            guard rounds <= Self.mostRounds, fstat(descriptor, &status) == 0 else {
                close(descriptor)
                throw .failed("the file is being written")
            }
        }
        return (descriptor, status)
    }

    private static func hasJustChanged(_ status: Glibc.stat) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // Times of files can be anything: far apart, or in the future, they say nothing.
        let seconds = now.tv_sec.subtractingReportingOverflow(status.st_mtim.tv_sec)
        guard !seconds.overflow, (0...1).contains(seconds.partialValue) else { return false }
        let age = seconds.partialValue * 1_000_000_000 + now.tv_nsec - status.st_mtim.tv_nsec
        return (0..<settling).contains(age)
    }

    func object(_ document: DocumentID, _ status: Glibc.stat) -> ArchiveObject {
        ArchiveObject(
            document: document, version: Self.version(of: status), size: Int(status.st_size),
            modified: Self.seconds(status.st_mtim))
    }

    private static func entry(_ document: DocumentID, _ status: Glibc.stat) -> ArchiveEntry {
        ArchiveEntry(
            document: document, version: version(of: status), size: Int(status.st_size),
            modified: seconds(status.st_mtim), changed: seconds(status.st_ctim))
    }

    private static func seconds(_ time: timespec) -> Double { Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 }

    /// Inode, size, and both times: a file that was replaced has another inode or change time even where `cp -p` kept its
    /// size and modification time. The device is left out: hosts that share a file system number it differently.
    static func version(of status: Glibc.stat) -> DocumentVersion {
        var hash = SHA256()
        for value in [
            Int(truncatingIfNeeded: status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
            status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ] {
            withUnsafeBytes(of: value.littleEndian) { hash.update(bufferPointer: $0) }
        }
        // Hexadecimal digits are always a valid version.
        return try! DocumentVersion(Hexadecimal.text(hash.finalize().prefix(10)))
    }

    // MARK: Listing

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        try await blocking { archive in
            let folder = try archive.openFolder()
            defer { close(folder) }
            var walk = FolderWalk(folder: folder, prefix: prefix, cursor: cursor, limit: limit)
            try walk.run()
            let objects = walk.found.prefix(limit).map { Self.entry($0.document, $0.status) }
            return ArchiveListing(
                objects: objects, next: walk.found.count > limit ? objects.last?.document.bytes : nil)
        }
    }
}

extension ArchiveFile {
    init(descriptor: CInt, _ status: Glibc.stat) {
        self.init(
            descriptor: descriptor, size: Int(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
            modifiedNanoseconds: status.st_mtim.tv_nsec, changedSeconds: status.st_ctim.tv_sec,
            changedNanoseconds: status.st_ctim.tv_nsec)
    }
}
