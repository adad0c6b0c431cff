// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// The bytes of one version of a document. Reads never block for long and may fail.
package protocol DocumentSource: AnyObject {
    var size: Int { get }

    /// Fills `buffer` from `offset` on; false where not all of it could be read.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool

    /// Whether the bytes are still those of the version. Where they are not, nothing that was made of them counts.
    var isUnchanged: Bool { get }

    /// How often and how much has been read of the archive's own file.
    var reads: ReadCount { get }

    /// Whether no read can fail for want of bytes.
    var isComplete: Bool { get }

    /// Whether all bytes of the range are at hand. Notes those that are not, as a read that fails for it does.
    func isAtHand(_ range: Range<Int>) -> Bool

    /// Whether a read has failed, since `takeMissing`, for bytes that are not at hand yet. Whatever came of such a read
    /// does not count, and an engine that remembers its failures is not to be used any more.
    var isMissingBytes: Bool { get }

    /// Those bytes, in their order.
    func takeMissing() -> [Range<Int>]
}

/// A source that has all its bytes.
extension DocumentSource {
    package var isComplete: Bool { true }
    package func isAtHand(_ range: Range<Int>) -> Bool { true }
    package var isMissingBytes: Bool { false }
    package func takeMissing() -> [Range<Int>] { [] }
}

package struct ReadCount {
    package var calls: Int
    package var bytes: Int

    package init(calls: Int = 0, bytes: Int = 0) {
        self.calls = calls
        self.bytes = bytes
    }
}

extension DocumentSource {
    /// The first bytes, by which a format is recognised.
    package func head(_ count: Int) -> [UInt8] {
        let wanted = min(count, size)
        return [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialised in
            initialised = read(at: 0, into: UnsafeMutableRawBufferPointer(buffer)) ? wanted : 0
        }
    }
}

/// A file read through a descriptor with `pread`: a mapped file that somebody truncates would kill the reader.
package final class FileSource: DocumentSource {
    private let descriptor: CInt
    package let size: Int
    private let modified: timespec
    private let changed: timespec
    package private(set) var reads = ReadCount()

    /// - Parameters:
    ///   - descriptor: closed when the source goes.
    ///   - size, modified…, changed…: the file as it was when its version was determined.
    package init(
        descriptor: CInt, size: Int, modifiedSeconds: Int, modifiedNanoseconds: Int, changedSeconds: Int,
        changedNanoseconds: Int
    ) {
        self.descriptor = descriptor
        self.size = size
        modified = timespec(tv_sec: modifiedSeconds, tv_nsec: modifiedNanoseconds)
        changed = timespec(tv_sec: changedSeconds, tv_nsec: changedNanoseconds)
    }

    deinit { close(descriptor) }

    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else { return false }
        reads.calls += 1
        reads.bytes += buffer.count
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    package var isUnchanged: Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return Int(status.st_size) == size && status.st_mtim.tv_sec == modified.tv_sec
            && status.st_mtim.tv_nsec == modified.tv_nsec && status.st_ctim.tv_sec == changed.tv_sec
            && status.st_ctim.tv_nsec == changed.tv_nsec
    }
}
