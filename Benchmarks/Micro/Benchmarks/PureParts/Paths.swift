// SPDX-License-Identifier: Apache-2.0

import Benchmark
import TileModel

/// From the segments of an address to the tile that is meant.
func measurePaths() {
    let document = Array("reports%2F2024%2Fannual%20report.pdf@e23814e1635068149aae".utf8)
    Benchmark("path: document and version", configuration: .calls(.kilo)) { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try DocumentReference(pathSegment: document)) }
    }
    let page = PageGeometry(width: 612, height: 792, unit: .points).pixelSize
    for (name, region, size) in [
        ("tile", "1024,2048,1024,1024", "512,512"), ("whole page", "full", "!800,600"),
        ("percent", "pct:10,20,33.3,25", "pct:50"),
    ] as [(String, Substring, Substring)] {
        Benchmark("path: \(name)", configuration: .calls(.kilo)) { benchmark in
            for _ in benchmark.scaledIterations {
                let request = try ImageRequest(region: region, size: size, rotation: "0", file: "default.png")
                blackHole(try Tile(request, page: 7, pageSize: page))
            }
        }
    }
}
