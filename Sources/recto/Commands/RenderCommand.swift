// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import NIOCore
import TileModel
import TileService

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "render", abstract: "Renders one page of a document.")

    @Argument(help: "The document.", completion: .file())
    var file: String

    @Option(help: "The page, from 1.")
    var page: Int = Environment.value("page", 1)

    @Option(help: "The picture's width in pixels.")
    var width: Int = Environment.value("width", 1200)

    @Option(name: .shortAndLong, help: "The picture to write: .png, .jpg or .webp.", completion: .file())
    var output: String = Environment.value("output", "")

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("Say which picture to write: -o FILE") }
        guard width >= 1, width <= 40_000 else { throw ValidationError("--width is a number from 1 to 40000.") }
        guard format != nil else { throw ValidationError("The output's name ends in .png, .jpg or .webp.") }
    }

    private var format: TileFormat? {
        TileFormat.allCases.first { output.lowercased().hasSuffix(".\($0.rawValue)") }
            ?? (output.lowercased().hasSuffix(".jpeg") ? .jpg : nil)
    }

    @Option(help: "A file whose first line is the document's password.", completion: .file())
    var passwordFile: String?

    func run() async throws {
        let document = try await LocalDocument(path: file, passwordFile: passwordFile)
        let request = ImageRequest(
            region: .full, size: .width(width), mayEnlarge: true, format: format ?? .png)
        let answer = try await document.using { service in
            try await service.tile(
                document.reference, page: page, request, document.grant, hasEntityTag: { _ in false })
        }
        guard case .tile(let tile, _, _, _) = answer else { throw Failure("the page was not rendered") }
        try write(Array(tile.data.readableBytesView))
        RectoMain.complain("\(output): \(tile.size.width) × \(tile.size.height)\n")
    }

    /// Under another name first, so that an interruption leaves no half picture.
    private func write(_ bytes: [UInt8]) throws {
        let temporary = "\(output).\(getpid()).part"
        guard let file = fopen(temporary, "w") else { throw Failure("\(output): \(String(cString: strerror(errno)))") }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count, rename(temporary, output) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw Failure("\(output): \(reason)")
        }
    }
}
