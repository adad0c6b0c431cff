// SPDX-License-Identifier: Apache-2.0

import Glibc
package import NIOCore
import NIOPosix
import Synchronization

/// Bytes gathered on disk: a file without a name, which goes with its last descriptor, whatever ends the process.
package final class SpooledFile: Sendable {
    private let descriptor: CInt
    private let limit: Int
    private let count = Atomic<Int>(0)
    let made = ContinuousClock.now

    /// - Parameters:
    ///   - folder: where the file lies; nil: the folder for temporary files.
    ///   - limit: in bytes.
    package init(folder: String? = nil, limit: Int) throws(ArchiveError) {
        let folder = folder ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        descriptor = Self.temporary(in: folder)
        self.limit = limit
        guard descriptor >= 0 else { throw .failed("\(folder): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    private static func temporary(in folder: String) -> CInt {
        let unnamed = Glibc.open(folder, Self.unnamed | O_RDWR | O_CLOEXEC, 0o600)
        if unnamed >= 0 { return unnamed }
        // Not every file system knows files without a name.
        var template = Array("\(folder)/recto-spool-XXXXXX".utf8CString)
        let named = mkstemp(&template)
        guard named >= 0 else { return named }
        unlink(template)
        _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        return named
    }

    /// O_TMPFILE, whose definition Swift cannot import.
    static let unnamed: CInt = 0o20000000 | O_DIRECTORY

    package var size: Int { count.load(ordering: .acquiring) }

    /// Adds bytes at the end. One at a time.
    /// - Throws: `tooLarge`, or `failed` where the disk is full.
    package func append(_ bytes: ByteBuffer) async throws {
        let start = size
        guard start + bytes.readableBytes <= limit else { throw ArchiveError.tooLarge(limit: limit) }
        try await NIOThreadPool.singleton.runIfActive { [self] in
            try bytes.withUnsafeReadableBytes { bytes in
                var done = 0
                while done < bytes.count {
                    let written = pwrite(
                        descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(start + done))
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else {
                        throw ArchiveError.failed("a temporary file: \(String(cString: strerror(errno)))")
                    }
                    done += written
                }
            }
        }
        count.store(start + bytes.readableBytes, ordering: .releasing)
    }

    /// The bytes of `range`, cut at the end.
    package func read(_ range: Range<Int>) async throws -> [UInt8] {
        try await NIOThreadPool.singleton.runIfActive { [self] in try readNow(range) }
    }

    /// The same on this thread, which may have to wait for the disk.
    func readNow(_ range: Range<Int>) throws(ArchiveError) -> [UInt8] {
        try FileBytes.read(range.clamped(to: 0..<size), of: descriptor)
    }
}

/// Reading files at places.
enum FileBytes {
    /// The bytes of `range`, or as many of them as there are.
    static func read(_ range: Range<Int>, of descriptor: CInt) throws(ArchiveError) -> [UInt8] {
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
            while done < range.count {
                let count = pread(
                    descriptor, buffer.baseAddress! + done, range.count - done, off_t(range.lowerBound + done))
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = errno }
                guard count > 0 else { return }
                done += count
            }
        }
        guard failure == 0 else { throw .failed(String(cString: strerror(failure))) }
        return bytes
    }
}
