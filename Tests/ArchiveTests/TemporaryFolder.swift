// SPDX-License-Identifier: Apache-2.0

import Archive
import Foundation
import Glibc

/// A folder archive in a temporary folder that goes with it.
final class TemporaryFolder: ArchiveUnderTest {
    let path: String
    let archive: any DocumentArchive

    init() throws {
        var template = Array("/tmp/recto-archive-XXXXXX".utf8CString)
        guard let folder = mkdtemp(&template) else { throw ArchiveError.failed("no temporary folder") }
        path = String(cString: folder)
        archive = try FolderArchive(path: path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func put(_ name: String, _ bytes: [UInt8]) async throws {
        for (index, byte) in name.utf8.enumerated() where byte == UInt8(ascii: "/") {
            mkdir("\(path)/\(String(decoding: Array(name.utf8)[..<index], as: UTF8.self))", 0o700)
        }
        guard let file = fopen("\(path)/\(name)", "w") else { throw ArchiveError.failed("not written") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    func remove(_ name: String) async throws { unlink("\(path)/\(name)") }
}
