// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What stands where in a block file on disk: a header, a slot of 8 bytes a block, and the document at its own offsets
/// behind them, with holes where blocks are absent.
///
/// A slot holds the digest of its block, 0 where there is none, and is written after the block. So a block counts only if
/// all of it was written, whenever the process or the machine went.
struct BlockFileLayout {
    private static let magic: UInt64 = 0x3142_4F54_4345_5221
    private static let format: UInt64 = 1
    private static let slots = 4096

    let key: BlockKey

    /// Where the document begins; a multiple of the block size.
    var dataOffset: Int {
        let block = BlockGrid.blockSize
        return (Self.slots + key.grid.count * 8 + block - 1) / block * block
    }

    var length: Int { dataOffset + key.grid.size }

    private var header: [UInt64] {
        [Self.magic, Self.format, UInt64(BlockGrid.blockSize), UInt64(key.grid.size), key.seed]
    }

    func writeHeader(to file: CInt) throws(BlockFileError) {
        try BlockLabel.write(key.document, to: file)
        try file.write(header, at: 0)
    }

    func hasHeader(_ file: CInt) -> Bool { file.words(at: 0, count: header.count) == header }

    /// What the header says of the document's size, in bytes, where the file has one of ours.
    static func documentSize(_ file: CInt) -> Int? {
        guard let words = file.words(at: 0, count: 4), words[0] == magic, words[1] == format else { return nil }
        return Int(exactly: words[3])
    }

    /// The slots of all blocks; nil where they cannot be read.
    func slots(of file: CInt) -> [UInt64]? { file.words(at: Self.slots, count: key.grid.count) }

    /// The slot of one block; nil where it cannot be read.
    func slot(_ block: Int, of file: CInt) -> UInt64? { file.words(at: Self.slots + block * 8, count: 1)?.first }

    func write(_ digests: [UInt64], from block: Int, to file: CInt) throws(BlockFileError) {
        try file.write(digests, at: Self.slots + block * 8)
    }
}

extension CInt {
    /// Writes all of it, or throws `system`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(BlockFileError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(self, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(count < 0 ? errno : EIO) }
            done += count
        }
    }

    func write(_ words: [UInt64], at offset: Int) throws(BlockFileError) {
        let words = words.map(\.littleEndian)
        let result = words.withUnsafeBytes { bytes -> Result<Void, BlockFileError> in
            do throws(BlockFileError) { return .success(try write(bytes, at: offset)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Whether the buffer could be filled.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = pread(self, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    fileprivate func words(at offset: Int, count: Int) -> [UInt64]? {
        var words = [UInt64](repeating: 0, count: count)
        guard words.withUnsafeMutableBytes({ read(into: $0, at: offset) }) else { return nil }
        return words.map { UInt64(littleEndian: $0) }
    }
}
