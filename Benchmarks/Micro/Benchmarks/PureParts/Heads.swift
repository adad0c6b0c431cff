// SPDX-License-Identifier: Apache-2.0

import Benchmark
import HTTPFraming

/// Heads as a browser and a node send them.
func measureHeads() {
    let limits = HeadLimits(bytes: 16 << 10, fields: 100)
    let request = Array(
        """
        GET /iiif/books%2Foctave-manual.pdf@e23814e1635068149aae/100/0,0,1024,1024/512,512/0/default.png HTTP/1.1\r
        Host: documents.example.org\r
        Connection: keep-alive\r
        User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36\r
        Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r
        Sec-Fetch-Site: same-origin\r
        Sec-Fetch-Mode: no-cors\r
        Sec-Fetch-Dest: image\r
        Referer: https://documents.example.org/view/books%2Foctave-manual.pdf\r
        Accept-Encoding: gzip, deflate, br, zstd\r
        Accept-Language: en-GB,en;q=0.9\r
        \r

        """.utf8)
    let response = Array(
        """
        HTTP/1.1 200 OK\r
        Content-Type: image/png\r
        Content-Length: 37421\r
        ETag: "e23814e1635068149aae-1f2e3d4c5b6a7988"\r
        Cache-Control: public, max-age=31536000, immutable\r
        X-Recto-Node: node-1\r
        X-Request-Id: 5f0c1d2e3a4b\r
        Server-Timing: cache;desc=hit\r
        Access-Control-Allow-Origin: *\r
        \r

        """.utf8)
    Benchmark("head: request of \(request.count) bytes", configuration: .calls(.kilo)) { benchmark in
        var scanner = HeadScanner(limits: limits)
        for _ in benchmark.scaledIterations {
            try request.withUnsafeBytes { blackHole(try scanner.request($0)?.length) }
        }
    }
    Benchmark("head: answer of \(response.count) bytes", configuration: .calls(.kilo)) { benchmark in
        var scanner = HeadScanner(limits: limits)
        for _ in benchmark.scaledIterations {
            try response.withUnsafeBytes { blackHole(try scanner.response($0)?.length) }
        }
    }
}
