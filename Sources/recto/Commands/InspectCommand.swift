// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPService
import TileService

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Prints the structure of a document as JSON: pages, sizes, labels, outline.")

    @Argument(help: "The document.", completion: .file())
    var file: String

    @Option(help: "A file whose first line is the document's password.", completion: .file())
    var passwordFile: String?

    func run() async throws {
        let document = try await LocalDocument(path: file, passwordFile: passwordFile)
        let structure = try await document.using { service in
            try await service.inspect(document.reference, document.grant)
        }
        print(structure.text)
    }
}
