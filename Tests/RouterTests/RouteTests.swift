// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Router

struct RouteTests {
    @Test(
        "whole pictures of page 1, structure and manifests go to portals, everything else of a document to nodes",
        arguments: [
            ("/iiif/a.pdf/1/full/max/0/default.png", Route.Role.portal),
            ("/iiif/a.pdf/1/0,0,5,5/max/0/default.png", .node),
            ("/iiif/a.pdf/2/full/max/0/default.png", .node), ("/iiif/a.pdf/1/info.json", .node),
            ("/iiif/a.pdf/manifest.json", .portal), ("/documents/a.pdf/structure", .portal),
            ("/documents/a.pdf/pages/3/text", .node), ("/documents/a.pdf/search", .node), ("/iiif/a.pdf/7", .node),
        ])
    func roles(path: String, role: Route.Role) throws {
        let route = try Route(path: Substring(path))
        #expect(route.role == role)
        #expect(route.document == (try DocumentID("a.pdf")))
    }

    @Test("pages without a document have none", arguments: ["/", "/documents", "/viewer/view.js", "/x/y/z"])
    func noDocument(path: String) throws {
        #expect(try Route(path: Substring(path)).document == nil)
    }

    @Test("the key is the decoded id, without the version")
    func key() throws {
        let plain = try Route(path: "/iiif/a%2Fb.pdf/2/info.json")
        let other = try Route(path: "/iiif/%61%2fb%2Epdf@123/2/info.json")
        #expect(plain.document == other.document)
    }

    @Test(
        "a name that leaves the archive is refused at the door",
        arguments: ["/iiif/..%2Fx/1/info.json", "/documents/%2e%2e/structure", "/view/a%00"])
    func traversal(path: String) {
        #expect(throws: DocumentID.Invalid.self) { try Route(path: Substring(path)) }
    }
}
