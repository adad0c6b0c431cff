// SPDX-License-Identifier: Apache-2.0

import Archive
import ArgumentParser
import Foundation
import Logging

/// Where the documents lie, for every command that reads them.
struct ArchiveOptions: ParsableArguments {
    @Option(
        help: """
            Where the documents lie: a folder, s3://BUCKET/PREFIX or https://HOST/PATH/. Several as NAME=LOCATION each: \
            then documents' names begin with NAME/.
            """)
    var archive: [String] = Self.variable()

    @Option(help: "HOST or HOST:PORT to which an HTTP archive may redirect; may be repeated.")
    var archiveAllowHost: [String] = Environment.list("archive-allow-host")

    @Flag(help: "Let HTTP archives lie at private, loopback and link-local addresses.")
    var archiveAllowPrivate = Environment.flag("archive-allow-private")

    @Option(help: "The header of requests that HTTP archives are asked with who may see a document.")
    var archiveForwardHeader: String?

    @Option(help: "The address of the list of an HTTP archive's documents. Default: index.json in its folder.")
    var archiveIndex: String?

    @Flag(help: "Let documents be written and deleted over the portal.")
    var writable = Environment.flag("writable")

    @Option(help: "Megabytes that a document may have that is written over the portal.")
    var uploadLimit: Int = Environment.value("upload-limit", 1024)

    @Option(help: "Seconds for which cached documents are served while their archive gives no answer.")
    var staleFor: Double = Environment.value("stale-for", 900)

    var chosenForwardHeader: String? { archiveForwardHeader ?? Environment.optional("archive-forward-header") }
    private var chosenIndex: String? { archiveIndex ?? Environment.optional("archive-index") }

    /// A location may have a comma in it; several archives have names.
    private static func variable() -> [String] {
        guard let text: String = Environment.optional("archive") else { return [] }
        return parse(text).name == nil ? [text] : Environment.list("archive")
    }

    func validate() throws {
        guard (1...1_048_576).contains(uploadLimit) else {
            throw ValidationError("--upload-limit is a number of megabytes from 1 to 1048576.")
        }
        if let header = chosenForwardHeader, !header.utf8.allSatisfy(Self.isToken) || header.isEmpty {
            throw ValidationError("--archive-forward-header is the name of a header.")
        }
        guard staleFor >= 0, staleFor <= 604_800 else {
            throw ValidationError("--stale-for is from 0 to 604800 seconds.")
        }
        guard archive.count < 2 || archive.allSatisfy({ Self.parse($0).name != nil }) else {
            throw ValidationError("Give each of several archives a name: --archive NAME=LOCATION")
        }
    }

    /// For the commands that cannot do without one.
    func requireArchive() throws {
        guard archive.contains(where: { !$0.isEmpty }) else {
            throw ValidationError("Say where the documents lie: --archive DIR")
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// `NAME=LOCATION`, or a location alone: a folder whose name looks like that is `./NAME=…`.
    private static func parse(_ text: String) -> (name: String?, location: String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex,
            text[..<equals].utf8.allSatisfy(isToken), ![".", ".."].contains(text[..<equals])
        else { return (nil, text) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    private var settings: ArchiveSettings {
        var settings = ArchiveSettings()
        settings.environment = ProcessInfo.processInfo.environment
        settings.allowedHosts = archiveAllowHost
        settings.allowsPrivateAddresses = archiveAllowPrivate
        settings.forwardedHeader = chosenForwardHeader
        settings.index = chosenIndex
        return settings
    }

    /// The archive, which answers or at least may do so later: one that is away is waited for, with a warning.
    /// - Throws: `Failure` where what it was given can never work.
    func open(_ logger: Logger) async throws -> any DocumentArchive {
        do {
            let archives = try archive.map(Self.parse).map { named in
                let archive = try ArchiveBackends.open(named.location, settings)
                let label = named.name ?? ""
                let guarded: any DocumentArchive = BreakerArchive(archive, label: label, logger: logger)
                return (name: label, archive: guarded)
            }
            let opened: any DocumentArchive =
                archives.count == 1 && archives[0].name.isEmpty ? archives[0].archive : try ArchiveSet(archives)
            try await opened.check()
            return opened
        } catch ArchiveError.refused(let reason) {
            throw Failure("the archive cannot be opened: \(reason)")
        }
    }

    /// These options on the command line of a node that `serve` starts.
    var arguments: [String] {
        var arguments =
            archive.flatMap { ["--archive", $0] } + archiveAllowHost.flatMap { ["--archive-allow-host", $0] }
        arguments += ["--stale-for", "\(staleFor)"]
        if archiveAllowPrivate { arguments.append("--archive-allow-private") }
        if let header = chosenForwardHeader { arguments += ["--archive-forward-header", header] }
        if let index = chosenIndex { arguments += ["--archive-index", index] }
        return arguments
    }

    /// Members on other machines do not see a folder of this one.
    static func noteLocalFolders(of archive: any DocumentArchive, joins: [String], _ logger: Logger) {
        guard joins.contains(where: { !isLoopback($0) }) else { return }
        for folder in archive.localFolders {
            logger.notice(
                "the archive lies on a file system of this machine alone; all members must see the same documents",
                metadata: ["folder": "\(folder.path)", "file-system": "\(folder.fileSystem)"])
        }
    }

    private static func isLoopback(_ join: String) -> Bool {
        let host = join.prefix { $0 != ":" }
        return host == "localhost" || host.hasPrefix("127.") || join.hasPrefix("[::1]")
    }
}
