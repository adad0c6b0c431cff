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

    /// How often and how much has been read.
    var reads: ReadCount { get }
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
