// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// What clients of the IIIF APIs rely on, by the tools that the community checks servers with and by hand where those stop.
@Suite(.serialized)
struct IIIFTests {
    private static let picture = "iiif-validator.png"

    // MARK: Image API

    /// Runs the Image API validator.
    private func validate(_ address: String, _ arguments: [String]) throws -> String {
        let server = address.replacingOccurrences(of: "http://", with: "")
        return try PythonTools.run(
            [
                PythonTools.script("iiif-validate.py"), "-s", server, "-p", "iiif/\(Self.picture)", "-i", "1",
                "--version=3.0",
            ] + arguments
        ).output
    }

    @Test(
        "the validator passes all 33 tests of level 2, at a node and through the router",
        .enabled(if: PythonTools.arePresent, PythonTools.missing))
    func level2() async throws {
        let cluster = try RunningCluster(try Library([Self.picture]))
        let node = try #require(try await cluster.readyNodes().first).address
        for address in [node, cluster.url] {
            let output = try validate(address, ["--level", "2"])
            #expect(output.contains("Done (33 tests, 0 failures)"), "\(output)")
        }
        cluster.stop()
    }

    /// Not among these: `format_jp2`, `format_pdf` and `format_webp` call a function that Python 3 does not have, whatever the
    /// server answers; `format_gif` and `format_tif` are not offered; `size_up` takes it that `^max` never enlarges, which
    /// holds only for servers without a `maxArea` beyond the picture. `enlarging()` and `webp()` stand for those.
    @Test(
        "the validator passes the tests of level 3 that concern what is offered",
        .enabled(if: PythonTools.arePresent, PythonTools.missing))
    func level3() async throws {
        let cluster = try RunningCluster(try Library([Self.picture]))
        let tests = [
            "linkheader_canonical", "linkheader_profile", "rot_full_non90", "rot_mirror", "rot_mirror_180",
            "rot_region_non90",
        ]
        let output = try validate(cluster.url, tests.flatMap { ["--test", $0] })
        #expect(output.contains("Done (\(tests.count) tests, 0 failures)"), "\(output)")
        cluster.stop()
    }

    @Test("a size larger than the region needs a caret, and has the size that was asked for")
    func enlarging() async throws {
        let cluster = try RunningCluster(try Library(["squares.pdf"]))
        let sizes = [
            ("1500,1500", 1500), ("1500,", 1500), (",1500", 1500), ("pct:150", 1500), ("!1500,2000", 1500),
            ("!2000,500", 500), ("max", 6324),
        ]
        for (size, side) in sizes {
            let path = "/iiif/squares.pdf/1/full/%5E\(size)/0/default.png"
            let answer = try await cluster.get(path)
            #expect(answer.status == 200, "\(size)")
            // The width and height of a PNG's header.
            let header = answer.body[16..<24].map(Int.init)
            #expect(header[0] << 24 | header[1] << 16 | header[2] << 8 | header[3] == side, "\(size)")
            #expect(header[4] << 24 | header[5] << 16 | header[6] << 8 | header[7] == side, "\(size)")
            if side > 1000, size != "max" {
                let plain = try await cluster.get("/iiif/squares.pdf/1/full/\(size)/0/default.png")
                #expect(plain.status == 400, "\(size)")
            }
        }
        cluster.stop()
    }

    @Test("WebP is a picture in a RIFF container, under its own media type")
    func webp() async throws {
        let cluster = try RunningCluster(try Library(["squares.pdf"]))
        let answer = try await cluster.get("/iiif/squares.pdf/1/full/200,/0/default.webp")
        #expect(answer.headers.first(name: "Content-Type") == "image/webp")
        #expect(String(decoding: answer.body[8..<12], as: UTF8.self) == "WEBP")
        cluster.stop()
    }

    @Test("a tile names its profile and its canonical address in one Link header, a page its profile")
    func links() async throws {
        let cluster = try RunningCluster(try Library(["squares.pdf"]))
        let page = "\(cluster.url)/iiif/squares.pdf/1"
        let profile = "<http://iiif.io/api/image/3/level2.json>;rel=\"profile\""
        let canonical = [
            ("0,0,512,512/512,/0/default.png", "0,0,512,512/max/0/default.png"),
            ("0,0,1000,1000/!100,200/360/color.jpg", "full/100,100/0/default.jpg"),
            ("square/full/0/default.jpg", nil),
            ("pct:0,0,50,50/pct:50/!0/gray.webp", "0,0,500,500/250,250/!0/gray.webp"),
        ]
        for (request, expected) in canonical {
            let answer = try await cluster.get("/iiif/squares.pdf/1/\(request)")
            guard let expected else {
                #expect(answer.status == 400, "“full” is no size of version 3")
                continue
            }
            let links = answer.headers["Link"]
            #expect(links == ["<\(page)/\(expected)>;rel=\"canonical\", \(profile)"], "\(request): \(links)")
            // It is a fixed point.
            let again = try await cluster.get("/iiif/squares.pdf/1/\(expected)")
            #expect(again.headers["Link"] == links && again.body == answer.body, "\(request)")
        }
        #expect(try await cluster.get("/iiif/squares.pdf/1/info.json").headers["Link"] == [profile])
        cluster.stop()
    }

    @Test("image information tells rights, the sizes of all zooms and the largest area, and max obeys that")
    func information() async throws {
        let rights = "http://creativecommons.org/publicdomain/zero/1.0/"
        let cluster = try RunningCluster(
            try Library(["squares.pdf", "huge-page.pdf"]), ["--nodes", "1", "--rights", rights])
        let answer = try await cluster.get("/iiif/squares.pdf/1/info.json")
        #expect(answer.json("rights", as: String.self) == rights)
        #expect(answer.json("sizes", as: [[String: Int]].self)?.map { $0["width"] } == [500, 1000])
        #expect(answer.json("maxArea", as: Int.self) == 40_000_000)
        let manifest = try await cluster.get("/iiif/squares.pdf/manifest.json")
        #expect(manifest.json("rights", as: String.self) == rights)

        // 57,600 pixels square: what is listed is what can be had, and no more.
        let huge = try await cluster.get("/iiif/huge-page.pdf/1/info.json")
        let area = try #require(huge.json("maxArea", as: Int.self))
        let sizes = try #require(huge.json("sizes", as: [[String: Int]].self))
        #expect(!sizes.isEmpty)
        #expect(sizes.allSatisfy { ($0["width"] ?? 0) * ($0["height"] ?? 0) <= area })
        #expect(try await cluster.get("/iiif/huge-page.pdf/1/full/8000,8000/0/default.png").status == 413)
        cluster.stop()
    }

    // MARK: Addresses

    @Test("an id is the address as it was asked for, with the path escaped the same way")
    func escaping() async throws {
        let library = try Library()
        try library.copy("squares.pdf", as: "a b@c.pdf")
        let cluster = try RunningCluster(library)
        for path in ["a%20b%40c.pdf/1", "a%20b%40%63.pdf/1"] {
            let answer = try await cluster.get("/iiif/\(path)/info.json")
            #expect(answer.json("id", as: String.self) == "\(cluster.url)/iiif/\(path)")
            let redirect = cluster.raw("GET /iiif/\(path) HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n")
            let head = String(decoding: redirect, as: UTF8.self)
            #expect(head.hasPrefix("HTTP/1.1 303"))
            #expect(head.contains("http://h.test/iiif/\(path)/info.json\r\n"), "\(head)")
        }
        cluster.stop()
    }

    private static let forwarded: [(HTTPHeaders, String)] = [
        (["Forwarded": "for=192.0.2.1;proto=https;host=\"docs.test:8443\", for=10.0.0.1"], "https://docs.test:8443"),
        (["X-Forwarded-Proto": "https", "X-Forwarded-Host": "docs.test"], "https://docs.test"),
    ]

    @Test("a trusted proxy's word decides an id")
    func trustedProxy() async throws {
        let cluster = try RunningCluster(
            try Library(["squares.pdf"]), ["--nodes", "1", "--trusted-proxies", "127.0.0.1"])
        for (headers, base) in Self.forwarded {
            let answer = try await cluster.get("/iiif/squares.pdf/1/info.json", headers: headers)
            #expect(answer.json("id", as: String.self) == "\(base)/iiif/squares.pdf/1")
            let tile = try await cluster.get("/iiif/squares.pdf/1/full/100,/0/default.png", headers: headers)
            #expect(tile.headers.first(name: "Link")?.hasPrefix("<\(base)/iiif/squares.pdf/1/full/") == true)
            let manifest = try await cluster.get("/iiif/squares.pdf/manifest.json", headers: headers)
            #expect(manifest.json("id", as: String.self) == "\(base)/iiif/squares.pdf/manifest.json")
        }
        cluster.stop()
    }

    @Test("nobody else's word decides an id")
    func untrustedProxy() async throws {
        let cluster = try RunningCluster(
            try Library(["squares.pdf"]), ["--nodes", "1", "--trusted-proxies", "192.0.2.7"])
        for (headers, _) in Self.forwarded {
            let answer = try await cluster.get("/iiif/squares.pdf/1/info.json", headers: headers)
            #expect(answer.json("id", as: String.self) == "\(cluster.url)/iiif/squares.pdf/1")
        }
        cluster.stop()
    }

    @Test("the public address decides an id whatever anybody says")
    func publicURL() async throws {
        let cluster = try RunningCluster(
            try Library(["squares.pdf"]),
            [
                "--nodes", "1", "--public-url", "https://docs.example.org/recto/", "--trusted-proxies", "127.0.0.1",
            ])
        for headers in [[:]] + Self.forwarded.map(\.0) {
            let answer = try await cluster.get("/iiif/squares.pdf/1/info.json", headers: headers)
            #expect(answer.json("id", as: String.self) == "https://docs.example.org/recto/iiif/squares.pdf/1")
        }
        cluster.stop()
    }

    @Test("viewers of other origins may read everything under /iiif, errors and redirects too, and ask beforehand")
    func crossOrigin() async throws {
        let cluster = try RunningCluster(try Library(["squares.pdf", "locked.pdf", "truncated.pdf"]))
        let cases: [(path: String, status: Int)] = [
            ("/iiif/squares.pdf/manifest.json", 200), ("/iiif/squares.pdf/1/info.json", 200),
            ("/iiif/squares.pdf/1/full/100,/0/default.png", 200), ("/iiif/squares.pdf/2/info.json", 404),
            ("/iiif/nothing.pdf/1/info.json", 404), ("/iiif/squares.pdf/1/full/2000,/0/default.png", 400),
            ("/iiif/squares.pdf/1/full/max/0/default.exe", 400), ("/iiif/..%2Fx/1/info.json", 400),
            ("/iiif/squares.pdf@nonsense/1/info.json", 410), ("/iiif/locked.pdf/1/info.json", 422),
            ("/iiif/truncated.pdf/manifest.json", 422), ("/iiif/squares.pdf/1/full/%5E9000,/0/default.png", 413),
            ("/iiif/squares.pdf", 404),
        ]
        for (path, status) in cases {
            let answer = try await cluster.get(path, headers: ["Origin": "https://viewer.test"])
            #expect(answer.status == status, "\(path)")
            #expect(answer.headers.first(name: "Access-Control-Allow-Origin") == "*", "\(path)")
        }
        let redirect = cluster.raw("GET /iiif/squares.pdf/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let head = String(decoding: redirect, as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 303") && head.contains("Access-Control-Allow-Origin: *\r\n"))

        let wrong = try await RunningCluster.send(
            .GET, cluster.url + "/iiif/locked.pdf/1/info.json", headers: ["Recto-Password": "verso?"])
        #expect(wrong.status == 403 && wrong.headers.first(name: "Access-Control-Allow-Origin") == "*")
        let method = try await RunningCluster.send(.POST, cluster.url + "/iiif/squares.pdf/1/info.json")
        #expect(method.status == 405 && method.headers.first(name: "Access-Control-Allow-Origin") == "*")
        let beforehand = try await RunningCluster.send(
            .OPTIONS, cluster.url + "/iiif/squares.pdf/1/info.json",
            headers: [
                "Origin": "https://viewer.test", "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "recto-password",
            ])
        #expect(beforehand.status == 204)
        #expect(beforehand.headers.first(name: "Access-Control-Allow-Headers")?.contains("Recto-Password") == true)
        cluster.stop()
    }

    // MARK: Presentation API

    @Test(
        "manifests of one page, of many with an outline, and of turned pages are valid",
        .enabled(if: PythonTools.arePresent, PythonTools.missing))
    func manifests() async throws {
        let library = try Library(["letter.pdf", "ten-pages.pdf", "rotated.pdf", Self.picture])
        let others = [
            (
                "drawing.svg",
                #"<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><title>A</title></svg>"#
            ),
            ("note.txt", "A note.\n\u{0C}Its second page.\n"),
        ]
        for (name, text) in others {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(library.path)/\(name)"))
        }
        let cluster = try RunningCluster(
            library, ["--nodes", "1", "--rights", "http://rightsstatements.org/vocab/NoC-NC/1.0/"])
        let answers = try Library()
        for document in try FileManager.default.contentsOfDirectory(atPath: library.path) {
            let answer = try await cluster.get("/iiif/\(document)/manifest.json")
            #expect(answer.status == 200, "\(document)")
            try Data(answer.body).write(to: URL(fileURLWithPath: "\(answers.path)/\(document).json"))
        }
        let program = """
            import glob, json, sys, iiif_prezi3
            for name in sorted(glob.glob(sys.argv[1] + "/*.json")):
                manifest = iiif_prezi3.Manifest(**json.load(open(name)))
                print(name.rsplit("/", 1)[1], len(manifest.items), len(manifest.structures or []))
            """
        let (status, output) = try PythonTools.run(["-c", program, answers.path])
        #expect(status == 0, "\(output)")
        #expect(
            output == """
                drawing.svg.json 1 0
                \(Self.picture).json 1 0
                letter.pdf.json 1 0
                note.txt.json 2 0
                rotated.pdf.json 4 0
                ten-pages.pdf.json 10 4

                """)
        cluster.stop()
    }
}
