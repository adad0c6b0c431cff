// SPDX-License-Identifier: Apache-2.0

import Archive
import Foundation
import Glibc
import NIOCore
import Testing
import TileModel

struct FolderArchiveTests {
    @Test("symbolic links do not lead out of the folder, and lead where they will within it")
    func links() async throws {
        let folder = try TemporaryFolder()
        try await folder.put("inside/a.pdf", [1, 2])
        symlink("/etc/passwd", "\(folder.path)/out.pdf")
        symlink("/etc", "\(folder.path)/etc")
        symlink("../../etc/passwd", "\(folder.path)/up.pdf")
        symlink("inside/a.pdf", "\(folder.path)/in.pdf")
        for name in ["out.pdf", "etc/passwd", "up.pdf"] {
            await #expect(throws: ArchiveError.notFound) { _ = try await folder.archive.stat(DocumentID(name)) }
        }
        #expect(try await folder.archive.stat(DocumentID("in.pdf")).size == 2)
        let listed = try await folder.archive.list(prefix: [], cursor: nil, limit: 10).objects
        #expect(listed.map(\.document.displayName) == ["in.pdf", "inside/a.pdf"])
    }

    @Test("a file that is replaced under its old times and size is a new version")
    func forgedTimes() async throws {
        let folder = try TemporaryFolder()
        try await folder.put("a.pdf", [1])
        var status = Glibc.stat()
        stat("\(folder.path)/a.pdf", &status)
        let before = try await folder.archive.stat(DocumentID("a.pdf"))
        try await folder.put("b.pdf", [2])
        var times = [status.st_atim, status.st_mtim]
        utimensat(AT_FDCWD, "\(folder.path)/b.pdf", &times, 0)
        rename("\(folder.path)/b.pdf", "\(folder.path)/a.pdf")
        let after = try await folder.archive.stat(DocumentID("a.pdf"))
        #expect(after.modified == before.modified && after.size == before.size)
        #expect(after.version != before.version)
    }

    @Test("names in NFC and NFD and names that are not UTF-8 lie side by side")
    func names() async throws {
        let folder = try TemporaryFolder()
        let names: [[UInt8]] = [[0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xFF, 0xFE]]
        for (index, name) in names.enumerated() {
            let path = Array(folder.path.utf8) + [UInt8(ascii: "/")] + name + [0]
            let descriptor = path.withUnsafeBufferPointer { path in
                path.withMemoryRebound(to: CChar.self) {
                    $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o600) } ?? -1
                }
            }
            _ = [UInt8](repeating: 0, count: index + 1).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
        }
        for (index, name) in names.enumerated() {
            #expect(try await folder.archive.stat(DocumentID(bytes: name)).size == index + 1)
        }
        #expect(try await folder.archive.list(prefix: [], cursor: nil, limit: 10).objects.count == 3)
    }

    @Test("a FIFO is no document and hangs nobody")
    func fifo() async throws {
        let folder = try TemporaryFolder()
        mkfifo("\(folder.path)/pipe.pdf", 0o600)
        await #expect(throws: ArchiveError.notFound) { _ = try await folder.archive.stat(DocumentID("pipe.pdf")) }
        #expect(try await folder.archive.list(prefix: [], cursor: nil, limit: 10).objects.isEmpty)
    }

    @Test("a folder that is replaced is seen as it is now, and one that is gone is a failure")
    func replaced() async throws {
        let folder = try TemporaryFolder()
        try await folder.put("old.pdf", [1])
        rename(folder.path, folder.path + "-away")
        await #expect(throws: ArchiveError.self) {
            _ = try await folder.archive.list(prefix: [], cursor: nil, limit: 9)
        }
        await #expect(throws: ArchiveError.unreachable("\(folder.path): No such file or directory")) {
            _ = try await folder.archive.stat(DocumentID("old.pdf"))
        }
        mkdir(folder.path, 0o700)
        try await folder.put("new.pdf", [1])
        #expect(try await folder.archive.stat(DocumentID("new.pdf")).size == 1)
        rename(folder.path + "-away/old.pdf", folder.path + "/old.pdf")
        rmdir(folder.path + "-away")
    }

    @Test("hidden files are not listed")
    func hidden() async throws {
        let folder = try TemporaryFolder()
        try await folder.put(".secret", [0])
        try await folder.put("shown", [0])
        let listed = try await folder.archive.list(prefix: [], cursor: nil, limit: 10).objects
        #expect(listed.map(\.document.displayName) == ["shown"])
    }

    @Test("a folder that is not there is a clear error")
    func noFolder() {
        #expect(throws: ArchiveError.refused("/nowhere/at/all: No such file or directory")) {
            _ = try FolderArchive(path: "/nowhere/at/all")
        }
    }

    @Test("a file system of this machine alone is known as such, any other is not taken for one")
    func fileSystems() {
        #expect(FileSystemKind(of: "/dev/shm") == .local("tmpfs"))
        #expect(FileSystemKind(of: "/proc") == .other)
        #expect(FileSystemKind(of: "/nowhere/at/all") == .other)
    }

    @Test("an upload leaves nothing behind where it fails, and follows no link out of the folder")
    func uploads() async throws {
        let folder = try TemporaryFolder()
        let outside = try TemporaryFolder()
        symlink(outside.path, "\(folder.path)/out")
        try await folder.put("document", [1])
        for name in ["out/a", "document/a"] {
            await #expect(throws: ArchiveError.nameTaken) {
                _ = try await folder.archive.put(DocumentID(name), SpooledFile([2]), .none)
            }
        }
        await #expect(throws: ArchiveError.preconditionFailed) {
            _ = try await folder.archive.put(DocumentID("document"), SpooledFile([2]), .absent)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["document", "out"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
        let document = try DocumentID("document")
        #expect(try await folder.archive.put(document, SpooledFile([2, 3]), .present).size == 2)
    }

    @Test("more than is allowed is not gathered")
    func limit() async throws {
        let file = try SpooledFile(limit: 10)
        try await file.append(ByteBuffer(repeating: 1, count: 10))
        await #expect(throws: ArchiveError.tooLarge(limit: 10)) {
            try await file.append(ByteBuffer(repeating: 1, count: 1))
        }
        #expect(file.size == 10)
    }
}
