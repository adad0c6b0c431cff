// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Archive

/// The examples that AWS publishes: "Examples: Signature calculations" of the S3 API reference and the test suite of the
/// general reference.
struct SignatureV4Tests {
    private let credentials = S3Credentials(
        id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    /// 2013-05-24, midnight.
    private var signature: SignatureV4 {
        SignatureV4(credentials: credentials, region: "us-east-1", time: 1_369_353_600)
    }

    private func signed(
        _ method: String, _ path: String, _ query: [(name: String, value: String)] = [],
        _ headers: [(name: String, value: String)] = [], body: String = ""
    ) -> String {
        let digest = SignatureV4.digest(body.utf8)
        let all: [(name: String, value: String)] =
            headers + [
                ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", signature.date),
                ("x-amz-content-sha256", digest),
            ]
        let authorization = signature.authorization(
            method: method, path: path, query: query, headers: all, bodyDigest: digest)
        return String(authorization.split(separator: "=").last ?? "")
    }

    @Test("a ranged GET is signed as in the published example")
    func rangedGet() {
        #expect(signature.date == "20130524T000000Z")
        #expect(
            signed("GET", "/test.txt", [], [("Range", "bytes=0-9")])
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test("a PUT with a body and an escaped key is signed as in the published example")
    func put() {
        #expect(
            signed(
                "PUT", "/test%24file.text", [],
                [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                body: "Welcome to Amazon S3.")
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test("queries without and with values are signed as in the published examples")
    func queries() {
        #expect(
            signed("GET", "/", [("lifecycle", "")])
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            signed("GET", "/", [("prefix", "J"), ("max-keys", "2")])
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("the whole header names the scope and what is signed")
    func header() {
        let service = SignatureV4(
            credentials: S3Credentials(id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "service", time: 1_440_938_160)
        #expect(
            service.authorization(
                method: "GET", path: "/", query: [],
                headers: [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")],
                bodyDigest: SignatureV4.emptyDigest)
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        )
    }
}
